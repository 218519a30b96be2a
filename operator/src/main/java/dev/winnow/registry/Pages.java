package dev.winnow.registry;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Follows the pages of a list to their end. A list that does not get on is an error, not an end:
 * what is missing would be taken for deleted.
 */
final class Pages {
  private static final int MOST_EMPTY_PAGES = 16;

  private final Transport transport;

  Pages(Transport transport) {
    this.transport = transport;
  }

  /**
   * Gives each item of a page and of those behind it to the sink.
   *
   * @param first the answer that is the first page
   * @param field the name of the list in it
   * @return how many items there were
   */
  long follow(Reply first, String field, Consumer<String> sink) throws RegistryException {
    Set<URI> seen = new HashSet<>();
    seen.add(first.address());
    seen.add(first.call().address());
    List<String> before = List.of();
    long count = 0;
    int empty = 0;
    Reply reply = first;
    while (true) {
      List<String> items = items(reply, field);
      requireProgress(reply, items, before);
      items.forEach(sink);
      count += items.size();
      empty = items.isEmpty() ? empty + 1 : 0;
      Optional<URI> next = next(reply);
      if (next.isEmpty()) {
        return count;
      }
      if (!seen.add(next.get()) || empty == MOST_EMPTY_PAGES) {
        throw Faults.bad(reply, "the pages of the list lead in a circle");
      }
      before = items.isEmpty() ? before : items;
      Call call = first.call();
      reply =
          transport.succeed(
              Call.get(call.operation(), next.get(), call.access(), call.accept(), Call.PAGE));
    }
  }

  /** The address of the next page, if the answer names one. */
  static Optional<URI> next(Reply reply) throws RegistryException {
    Optional<String> link = LinkHeader.next(reply.headerValues("Link"));
    return link.isEmpty() ? Optional.empty() : Optional.of(Exchange.resolve(reply, link.get()));
  }

  private static void requireProgress(Reply reply, List<String> items, List<String> before)
      throws RegistryException {
    if (!items.isEmpty() && items.equals(before)) {
      throw Faults.bad(reply, "the registry gives the same page of the list again and again");
    }
  }

  /** The strings of a list; a list that is null is empty. */
  static List<String> items(Reply reply, String field) throws RegistryException {
    if (reply.isWebPage()) {
      throw Faults.webPage(reply);
    }
    List<String> items = new ArrayList<>();
    boolean found = false;
    try (JsonParser json = Json.MAPPER.createParser(reply.bytes())) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw Faults.bad(reply, "the list is not a JSON object");
      }
      while (json.nextToken() != JsonToken.END_OBJECT) {
        String name = json.currentName();
        json.nextToken();
        if (name.equals(field)) {
          found = true;
          read(json, reply, items);
        } else {
          json.skipChildren();
        }
      }
    } catch (JsonProcessingException e) {
      throw Faults.bad(reply, "the list is not valid JSON: " + e.getOriginalMessage());
    } catch (RegistryException e) {
      throw e;
    } catch (IOException e) {
      throw Faults.bad(reply, "the list cannot be read as JSON");
    }
    if (!found) {
      throw Faults.bad(reply, "the answer has no list named " + field);
    }
    return items;
  }

  private static void read(JsonParser json, Reply reply, List<String> items) throws IOException {
    if (json.currentToken() == JsonToken.VALUE_NULL) {
      return;
    }
    if (json.currentToken() != JsonToken.START_ARRAY) {
      throw Faults.bad(reply, "the list is not a JSON array");
    }
    while (json.nextToken() != JsonToken.END_ARRAY) {
      if (json.currentToken() != JsonToken.VALUE_STRING) {
        throw Faults.bad(reply, "the list holds something that is not a string");
      }
      items.add(json.getText());
    }
  }
}
