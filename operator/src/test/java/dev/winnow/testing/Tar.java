package dev.winnow.testing;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** Writes a tar archive as POSIX ustar has it; same calls, same bytes. */
final class Tar implements AutoCloseable {
  private static final int BLOCK = 512;
  private static final int NAME = 100;

  private final OutputStream out;

  Tar(OutputStream out) {
    this.out = out;
  }

  Tar file(String name, int mode, byte[] content) {
    return entry(name, mode, '0', "", content.length, new ByteArrayInputStream(content));
  }

  Tar file(String name, int mode, Path content) {
    try (InputStream in = Files.newInputStream(content)) {
      return entry(name, mode, '0', "", Files.size(content), in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Tar folder(String name, int mode) {
    return entry(name + "/", mode, '5', "", 0, InputStream.nullInputStream());
  }

  Tar link(String name, String target) {
    return entry(name, 0777, '2', target, 0, InputStream.nullInputStream());
  }

  /** Ends the archive, with two empty blocks. */
  @Override
  public void close() {
    try (out) {
      out.write(new byte[2 * BLOCK]);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Tar entry(
      String name, int mode, char type, String target, long size, InputStream content) {
    if (name.length() > NAME || target.length() > NAME) {
      throw new IllegalArgumentException("too long for ustar: " + name + target);
    }
    byte[] header = new byte[BLOCK];
    put(header, 0, name);
    put(header, 100, String.format(Locale.ROOT, "%07o", mode));
    put(header, 108, "0000000");
    put(header, 116, "0000000");
    put(header, 124, String.format(Locale.ROOT, "%011o", size));
    put(header, 136, "00000000000");
    put(header, 148, "        "); // the checksum counts its own field as blanks
    put(header, 156, String.valueOf(type));
    put(header, 157, target);
    put(header, 257, "ustar");
    put(header, 263, "00");
    int sum = 0;
    for (byte b : header) {
      sum += b;
    }
    put(header, 148, String.format(Locale.ROOT, "%06o\0 ", sum));
    try {
      out.write(header);
      content.transferTo(out);
      out.write(new byte[(int) ((BLOCK - size % BLOCK) % BLOCK)]);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return this;
  }

  private static void put(byte[] header, int offset, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(bytes, 0, header, offset, bytes.length);
  }
}
