package dev.winnow.registry;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;

/** One permit that was got, given back once: at the end of the request or of its stream. */
final class Permit {
  private final Semaphore permits;
  private final AtomicBoolean released = new AtomicBoolean();
  private boolean held;

  Permit(Semaphore permits) {
    this.permits = permits;
  }

  /** The stream, which gives the permit back at its end, when it fails and when it is closed. */
  InputStream heldBy(InputStream stream) {
    held = true;
    return new FilterInputStream(stream) {
      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] target, int offset, int length) throws IOException {
        int count = -1;
        try {
          count = in.read(target, offset, length);
          return count;
        } finally {
          if (count < 0) {
            release();
          }
        }
      }

      @Override
      public void close() throws IOException {
        try {
          in.close();
        } finally {
          release();
        }
      }
    };
  }

  void releaseUnlessHeld() {
    if (!held) {
      release();
    }
  }

  private void release() {
    if (released.compareAndSet(false, true)) {
      permits.release();
    }
  }
}
