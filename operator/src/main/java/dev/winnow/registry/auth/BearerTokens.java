package dev.winnow.registry.auth;

import java.io.IOException;
import java.net.URI;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Tokens that were got, by realm, service and scopes. A token is fetched once however many requests
 * wait for it, and again a tenth of its life before it ends. Only the last used ones are kept: a
 * registry has as many scopes as repositories.
 */
final class BearerTokens {
  /** Enough for every request in flight; a token is one to two kilobytes. */
  static final int KEPT = 512;

  private final TokenRequests requests;
  private final InstantSource clock;
  private final Map<Key, Slot> slots =
      new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Slot> eldest) {
          return size() > KEPT;
        }
      };

  BearerTokens(TokenRequests requests, InstantSource clock) {
    this.requests = requests;
    this.clock = clock;
  }

  /**
   * What a token is good for.
   *
   * @param realm the token service
   * @param service the registry's name there; may be empty
   * @param scopes what may be done
   */
  record Key(URI realm, String service, Set<String> scopes) {
    Key {
      scopes = Collections.unmodifiableSortedSet(new TreeSet<>(scopes));
    }
  }

  /**
   * A token as the service gave it.
   *
   * @param value the secret
   * @param refreshAt when to get another
   */
  record Token(String value, Instant refreshAt) {
    /** Before any token was got. */
    static final Token NONE = new Token("", Instant.MIN);

    @Override
    public String toString() {
      return "Token[until " + refreshAt + "]";
    }
  }

  /**
   * A token for the key, from the store unless it is old or is the refused one.
   *
   * @param refused a token that the registry just refused, empty for none
   */
  String token(Key key, Credentials credentials, String refused)
      throws IOException, InterruptedException {
    Slot slot = slot(key);
    slot.lock.lockInterruptibly();
    try {
      Token token = slot.token;
      if (token.value().equals(refused) || !clock.instant().isBefore(token.refreshAt())) {
        token = requests.fetch(key, credentials);
        slot.token = token;
      }
      return token.value();
    } finally {
      slot.lock.unlock();
    }
  }

  private Slot slot(Key key) {
    synchronized (slots) {
      return slots.computeIfAbsent(key, _ -> new Slot());
    }
  }

  private static final class Slot {
    final ReentrantLock lock = new ReentrantLock();
    Token token = Token.NONE;
  }
}
