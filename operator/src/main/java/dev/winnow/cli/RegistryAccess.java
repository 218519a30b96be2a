package dev.winnow.cli;

import dev.winnow.registry.TlsOptions;
import dev.winnow.registry.auth.Credentials;
import dev.winnow.storage.Reasons;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How to reach a registry, for all that documents do not say. */
final class RegistryAccess {
  private static final int LONGEST_PASSWORD = 64 << 10;

  @Option(
      names = "--username",
      paramLabel = "USER",
      description = "User of the registry, where no Secret document says it.")
  private @Nullable String username;

  @Option(
      names = "--password-stdin",
      description = "Read the password from standard input, up to the end of the line.")
  private boolean passwordStdin;

  @Option(
      names = "--ca-file",
      paramLabel = "FILE",
      description = "Certificates (PEM) to trust besides the default ones.")
  private @Nullable Path caFile;

  @Option(
      names = "--skip-tls-verify",
      description = "Trust every certificate. Whoever is in between can read and change all.")
  private boolean skipTlsVerify;

  private @Nullable String password;

  /** The credentials of the options; empty when there are none. */
  Optional<Credentials> credentials(Terminal terminal) throws CommandException {
    if (username == null && !passwordStdin) {
      return Optional.empty();
    }
    if (username == null || !passwordStdin) {
      throw new CommandException(
          Exit.USAGE, "--username and --password-stdin go together; a password is no argument");
    }
    if (password == null) {
      password = readPassword(terminal);
    }
    return Optional.of(new Credentials.UserPassword(username, password));
  }

  boolean readsStandardInput() {
    return passwordStdin;
  }

  /** Whom to trust; certificates of a document come first, those of {@code --ca-file} besides. */
  TlsOptions tls(String certificates) throws CommandException {
    if (caFile == null) {
      return new TlsOptions(certificates, skipTlsVerify);
    }
    try {
      String added = Files.readString(caFile);
      checkCertificates("--ca-file " + caFile, added);
      return new TlsOptions(certificates + "\n" + added, skipTlsVerify);
    } catch (IOException e) {
      throw new CommandException(Exit.USAGE, "--ca-file " + caFile + ": " + Reasons.withoutPath(e));
    }
  }

  /** Each source by itself: what is wrong with one does not show when they are together. */
  static void checkCertificates(String source, String pem) throws CommandException {
    if (!TlsOptions.areCertificates(pem)) {
      throw new CommandException(
          Exit.USAGE, source + " is no certificates in PEM, or some of it cannot be read");
    }
  }

  private static String readPassword(Terminal terminal) throws CommandException {
    try {
      byte[] bytes = terminal.in().readNBytes(LONGEST_PASSWORD);
      String text = new String(bytes, StandardCharsets.UTF_8).replaceAll("\\R.*(?s:.*)", "");
      if (text.isEmpty()) {
        throw new CommandException(
            Exit.USAGE, "--password-stdin: standard input holds no password");
      }
      return text;
    } catch (IOException e) {
      throw new CommandException(Exit.USAGE, "--password-stdin: standard input cannot be read");
    }
  }
}
