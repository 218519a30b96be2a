package dev.winnow.registry.auth;

import java.util.Map;

/**
 * One challenge of a {@code WWW-Authenticate} header. Source: RFC 9110 § 11.3.
 *
 * @param scheme the scheme in lower case
 * @param token68 the value of a challenge that has one instead of parameters, else empty
 * @param parameters the parameters, names in lower case
 */
record Challenge(String scheme, String token68, Map<String, String> parameters) {
  Challenge {
    parameters = Map.copyOf(parameters);
  }

  /** The parameter's value, empty when there is none. */
  String parameter(String name) {
    return parameters.getOrDefault(name, "");
  }
}
