package dev.winnow.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.winnow.oci.Digest;
import dev.winnow.oci.ProbeRepository;
import dev.winnow.storage.PassProgress;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * How far a pass is: for a person a line that changes, with how many it does a second; in a log a
 * JSON line whenever it begins something else, and now and then.
 */
final class CollectionProgress implements PassProgress {
  private static final Duration LOGGED_EVERY = Duration.ofSeconds(30);
  private static final JsonFactory JSON = new JsonFactory();

  private final Terminal terminal;
  private final InstantSource clock;
  private Instant logged;
  private Instant began;
  private String now = "";

  CollectionProgress(Terminal terminal, InstantSource clock) {
    this.terminal = terminal;
    this.clock = clock;
    this.logged = clock.instant();
    this.began = logged;
  }

  @Override
  public synchronized void at(String doing, long done, long all, String what) {
    Instant instant = clock.instant();
    boolean isNew = !doing.equals(now);
    if (isNew) {
      now = doing;
      began = instant;
    }
    if (terminal.isInteractive()) {
      long millis = Math.max(1, Duration.between(began, instant).toMillis());
      boolean isCounting = millis > 1_000 && !what.equals("seconds");
      String rate = isCounting ? ", " + done * 1_000 / millis + " a second" : "";
      terminal.progress(doing).at(done, all, what + rate);
    } else if (isNew || !instant.isBefore(logged.plus(LOGGED_EVERY))) {
      logged = instant;
      terminal.say(line(instant, doing, done, all, what));
    }
  }

  /** Told at once, also to a person: it is for whoever asks the registry. */
  @Override
  public synchronized void placed(Digest probe) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(text)) {
      json.writeStartObject();
      json.writeStringField("time", clock.instant().toString());
      json.writeStringField("probe", probe.text());
      json.writeStringField("repository", ProbeRepository.NAME);
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // of a text: never
    }
    terminal.say(text.toString());
  }

  private static String line(Instant instant, String doing, long done, long all, String what) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(text)) {
      json.writeStartObject();
      json.writeStringField("time", instant.toString());
      json.writeStringField("doing", doing);
      json.writeNumberField("done", done);
      json.writeNumberField("of", all);
      json.writeStringField("what", what);
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // of a text: never
    }
    return text.toString();
  }
}
