package dev.winnow.registry;

import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * An answer whose body was read, or is being read as a stream.
 *
 * @param call what was asked
 * @param address where it came from, after redirects
 * @param status the HTTP status
 * @param headers its headers
 * @param body its body
 */
record Reply(Call call, URI address, int status, HttpHeaders headers, Body body) {
  /** The gate was closed: nothing was sent, the status is 0. */
  static Reply notSent(Call call) {
    return new Reply(
        call, call.address(), 0, HttpHeaders.of(Map.of(), (name, value) -> true), Body.EMPTY);
  }

  boolean isSuccess() {
    return status >= 200 && status < 300;
  }

  /** The body of an answer that was not streamed. */
  byte[] bytes() {
    return body instanceof Body.Whole(byte[] bytes) ? bytes : new byte[0];
  }

  /** The body of an answer that was streamed. */
  InputStream stream() {
    return body instanceof Body.Stream(InputStream stream) ? stream : InputStream.nullInputStream();
  }

  String header(String name) {
    return header(headers, name);
  }

  /** The first value, empty when there is none; without the stream of {@code firstValue}. */
  static String header(HttpHeaders headers, String name) {
    List<String> values = headers.map().get(name);
    return values == null || values.isEmpty() ? "" : values.getFirst();
  }

  List<String> headerValues(String name) {
    return headers.allValues(name);
  }

  /** The content type without parameters, in lower case; empty when there is none. */
  String mediaType() {
    String type = header("Content-Type");
    int parameters = type.indexOf(';');
    return (parameters < 0 ? type : type.substring(0, parameters)).strip().toLowerCase(Locale.ROOT);
  }

  boolean isWebPage() {
    String type = mediaType();
    return type.equals("text/html") || type.equals("application/xhtml+xml");
  }

  /** What a registry says about an error. */
  RegistryError error() {
    return RegistryError.parse(bytes());
  }
}
