package dev.winnow.testing;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** Who has which password and may do what: what a {@link TokenServer} decides by. */
final class TokenAccess {
  private final Map<String, String> passwords = new ConcurrentHashMap<>();
  private final List<Grant> grants = new CopyOnWriteArrayList<>();

  /** A pattern that ends in a star covers every name that starts with what is before it. */
  private record Grant(String user, String type, String pattern, List<String> actions) {
    boolean covers(String asking, String askedType, String name) {
      boolean named =
          pattern.endsWith("*")
              ? name.startsWith(pattern.substring(0, pattern.length() - 1))
              : name.equals(pattern);
      return named && user.equals(asking) && type.equals(askedType);
    }
  }

  void user(String name, String password) {
    passwords.put(name, password);
  }

  boolean knows(String user, String password) {
    return Objects.equals(passwords.get(user), password);
  }

  void allow(String user, String type, String pattern, String... actions) {
    grants.add(new Grant(user, type, pattern, List.of(actions)));
  }

  /** The {@code access} claim: of each scope what the user may, which may be nothing. */
  ArrayNode access(String user, List<String> scopes) {
    ArrayNode access = Json.object().withArray("access");
    for (String scope : scopes) {
      // A name may have colons itself, in a registry's port.
      int first = scope.indexOf(':');
      int last = scope.lastIndexOf(':');
      if (first < 0 || first == last) {
        continue;
      }
      String type = scope.substring(0, first);
      String name = scope.substring(first + 1, last);
      List<String> wanted = List.of(scope.substring(last + 1).split(",", -1));
      List<String> granted = granted(user, type, name, wanted);
      if (!granted.isEmpty()) {
        ObjectNode entry = access.addObject().put("type", type).put("name", name);
        ArrayNode actions = entry.withArray("actions");
        granted.forEach(actions::add);
      }
    }
    return access;
  }

  private List<String> granted(String user, String type, String name, List<String> wanted) {
    List<String> granted = new ArrayList<>();
    for (Grant grant : grants) {
      if (grant.covers(user, type, name)) {
        // "*" asks for all that there is.
        List<String> some = new ArrayList<>(grant.actions());
        if (!wanted.contains("*")) {
          some.retainAll(wanted);
        }
        granted.addAll(some);
      }
    }
    return granted.stream().distinct().toList();
  }
}
