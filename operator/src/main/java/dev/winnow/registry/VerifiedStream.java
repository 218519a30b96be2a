package dev.winnow.registry;

import dev.winnow.oci.Digest;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;

/** Hashes what is read through it, and throws at the end when it was not what was asked for. */
final class VerifiedStream extends FilterInputStream {
  private final Reply reply;
  private final Digest digest;
  private final MessageDigest hash;
  private boolean verified;

  VerifiedStream(Reply reply, InputStream content, Digest digest) {
    super(content);
    this.reply = reply;
    this.digest = digest;
    this.hash = digest.newHash();
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    int count = in.read(target, offset, length);
    if (count > 0) {
      hash.update(target, offset, count);
    } else if (count < 0 && !verified) {
      if (!digest.matches(hash)) {
        throw Faults.bad(reply, "the bytes of the blob do not have its digest");
      }
      verified = true;
    }
    return count;
  }

  /** Skipped bytes count too. */
  @Override
  public long skip(long count) throws IOException {
    return readNBytes((int) Math.min(count, 64 << 10)).length;
  }

  @Override
  public boolean markSupported() {
    return false;
  }
}
