package dev.winnow.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/** The process's standard output, which remembers why it failed: a print stream does not. */
final class StandardOutput extends OutputStream {
  private final OutputStream out = new FileOutputStream(FileDescriptor.out);
  private volatile boolean readerGone;

  /**
   * Whether it failed because nobody reads it any more, as behind {@code | head}. That is known
   * from the system's words alone; in a language that is not English it is a failure like others.
   */
  boolean isReaderGone() {
    return readerGone;
  }

  @Override
  public void write(int one) throws IOException {
    write(new byte[] {(byte) one}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int from, int length) throws IOException {
    try {
      out.write(bytes, from, length);
    } catch (IOException e) {
      readerGone |= "Broken pipe".equals(e.getMessage());
      throw e;
    }
  }
}
