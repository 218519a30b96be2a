package dev.winnow.registry.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;

/**
 * Runs {@code docker-credential-<name> get}. Source: the protocol in the README of
 * docker/docker-credential-helpers: the server on standard input, JSON or a message on standard
 * output, the user {@code <token>} for an identity token.
 */
final class CredentialHelper {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");
  private static final int MOST_OUTPUT = 64 << 10;

  private final String searchPath;
  private final Duration limit;

  /**
   * @param searchPath the folders to look in, as the {@code PATH} variable writes them
   * @param limit how long a helper may take
   */
  CredentialHelper(String searchPath, Duration limit) {
    this.searchPath = searchPath;
    this.limit = limit;
  }

  /**
   * The credentials that a helper has for a server, {@link Credentials#ANONYMOUS} when it has none.
   *
   * @param configFile the file that names the helper, for messages
   */
  Credentials get(String name, String server, String configFile)
      throws IOException, InterruptedException {
    String program = "docker-credential-" + name;
    String what = "credential helper " + program + " (named in " + configFile + ")";
    if (!NAME.matcher(name).matches()) {
      throw new AuthException("a credential helper in " + configFile + " has no usable name");
    }
    Path file = find(program).orElseThrow(() -> new AuthException(what + " is not on the PATH"));
    Process process =
        new ProcessBuilder(List.of(file.toString(), "get"))
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      return talk(process, server, what);
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  private Credentials talk(Process process, String server, String what)
      throws IOException, InterruptedException {
    FutureTask<byte[]> output =
        new FutureTask<>(() -> process.getInputStream().readNBytes(MOST_OUTPUT + 1));
    // Not a virtual one: reading a pipe holds a processor from all of those.
    Thread.ofPlatform().daemon().name("credential-helper").start(output);
    try (OutputStream in = process.getOutputStream()) {
      in.write(server.getBytes(UTF_8));
    } catch (IOException e) {
      // It ended without reading; its exit status says more.
      return answer(process, output, what);
    }
    return answer(process, output, what);
  }

  private Credentials answer(Process process, FutureTask<byte[]> output, String what)
      throws IOException, InterruptedException {
    byte[] bytes;
    try {
      bytes = output.get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new AuthException(what + " gave no answer within " + limit.toSeconds() + " s");
    } catch (ExecutionException e) {
      throw new AuthException(what + " could not be read");
    }
    if (bytes.length > MOST_OUTPUT) {
      throw new AuthException(what + " wrote more than " + MOST_OUTPUT + " bytes");
    }
    if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new AuthException(what + " did not end within " + limit.toSeconds() + " s");
    }
    String text = new String(bytes, UTF_8).strip();
    if (process.exitValue() == 0) {
      return credentials(text, what);
    }
    if (text.contains("credentials not found")) {
      return Credentials.ANONYMOUS;
    }
    throw new AuthException(what + " failed with status " + process.exitValue() + message(text));
  }

  /** A helper's error message; not what could be an answer with a secret in it. */
  private static String message(String text) {
    String line = text.lines().findFirst().orElse("");
    if (line.isEmpty() || text.indexOf('{') >= 0) {
      return "";
    }
    line = line.replaceAll("\\p{Cntrl}", " ");
    return ": " + (line.length() <= 200 ? line : line.substring(0, 200) + "…");
  }

  private static Credentials credentials(String text, String what) throws AuthException {
    JsonNode answer;
    try {
      answer = new JsonMapper().readTree(text);
    } catch (JsonProcessingException e) {
      // Not the cause: its message may quote the secret.
      throw new AuthException(what + " did not answer with JSON");
    }
    String user = answer.path("Username").asText("");
    String secret = answer.path("Secret").asText("");
    if (secret.isEmpty()) {
      throw new AuthException(what + " answered without a secret");
    }
    return user.equals("<token>")
        ? new Credentials.IdentityToken("", secret)
        : new Credentials.UserPassword(user, secret);
  }

  private Optional<Path> find(String program) {
    for (String folder : searchPath.split(File.pathSeparator, -1)) {
      try {
        Path file = Path.of(folder, program);
        if (!folder.isEmpty() && Files.isRegularFile(file) && Files.isExecutable(file)) {
          return Optional.of(file);
        }
      } catch (InvalidPathException e) {
        // A folder that cannot be, like one that is not there.
      }
    }
    return Optional.empty();
  }
}
