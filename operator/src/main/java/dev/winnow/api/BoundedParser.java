package dev.winnow.api;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.common.Anchor;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.DocumentStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.exceptions.ParserException;
import org.snakeyaml.engine.v2.parser.Parser;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;

/**
 * The events of a YAML text, without what would fill the stack or never end: collections in
 * collections without end, aliases inside of what they name. Its messages quote nothing: the text
 * could be a Secret.
 */
final class BoundedParser implements Parser {
  private static final int MAX_DEPTH = 100;

  private final Parser parser;
  private final Deque<Optional<Anchor>> open = new ArrayDeque<>();
  private final Set<Anchor> anchors = new HashSet<>();

  BoundedParser(LoadSettings settings, String text) {
    parser = new ParserImpl(settings, new StreamReader(settings, text));
  }

  @Override
  public boolean checkEvent(Event.ID choice) {
    return parser.checkEvent(choice);
  }

  @Override
  public Event peekEvent() {
    return parser.peekEvent();
  }

  @Override
  public boolean hasNext() {
    return parser.hasNext();
  }

  @Override
  public Event next() {
    Event event = parser.next();
    switch (event) {
      case DocumentStartEvent start -> anchors.clear();
      case AliasEvent alias -> check(alias);
      case CollectionStartEvent start -> {
        start.getAnchor().ifPresent(anchors::add);
        open.push(start.getAnchor());
        if (open.size() > MAX_DEPTH) {
          throw wrong("nested deeper than " + MAX_DEPTH + " levels", start);
        }
      }
      case CollectionEndEvent end -> open.pop();
      case NodeEvent node -> node.getAnchor().ifPresent(anchors::add);
      default -> {}
    }
    return event;
  }

  private void check(AliasEvent alias) {
    if (open.contains(alias.getAnchor())) {
      throw wrong("the alias stands inside of what it names", alias);
    }
    if (!alias.getAnchor().map(anchors::contains).orElse(false)) {
      throw wrong("the alias names no anchor", alias);
    }
  }

  private static ParserException wrong(String what, Event event) {
    return new ParserException(what, event.getStartMark());
  }
}
