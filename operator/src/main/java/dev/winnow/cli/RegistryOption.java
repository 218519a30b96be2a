package dev.winnow.cli;

import java.net.URI;
import picocli.CommandLine.Option;

/** {@code --registry}. */
final class RegistryOption {
  @Option(
      names = "--registry",
      paramLabel = "URL",
      required = true,
      description = "The registry, as https://registry.example.com:5000; http:// is plain HTTP.")
  private String url = "";

  URI url() throws CommandException {
    String text = url.contains("://") ? url : "https://" + url;
    try {
      return new URI(text);
    } catch (java.net.URISyntaxException e) {
      throw new CommandException(Exit.USAGE, "--registry: '" + url + "' is not a URL");
    }
  }
}
