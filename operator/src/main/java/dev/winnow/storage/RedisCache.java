package dev.winnow.storage;

import dev.winnow.oci.Digest;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.Response;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.util.JedisURIHelper;

/**
 * The cache of blob descriptors in a Redis.
 *
 * <p>Source of the keys: distribution, registry/storage/cache/redis/redis.go, the same in 2.8 and
 * 3. None of them ever expires.
 */
public final class RedisCache implements DescriptorCache {
  private static final int BATCH = 1000;
  private static final int CONNECT_MILLIS = 5_000;
  private static final int ANSWER_MILLIS = 30_000;

  private final HostAndPort address;
  private final DefaultJedisClientConfig config;

  private RedisCache(HostAndPort address, DefaultJedisClientConfig config) {
    this.address = address;
    this.config = config;
  }

  /**
   * The cache at an address; it is not contacted yet.
   *
   * @param url {@code redis[s]://[user@]host[:port][/db]}
   * @param password null: none
   * @throws IllegalArgumentException when that is no such address, or holds a password
   */
  public static RedisCache at(String url, @Nullable String password) {
    URI uri = uri(url);
    String user = uri.getRawUserInfo();
    DefaultJedisClientConfig.Builder config =
        DefaultJedisClientConfig.builder()
            .connectionTimeoutMillis(CONNECT_MILLIS)
            .socketTimeoutMillis(ANSWER_MILLIS)
            .ssl("rediss".equals(uri.getScheme()))
            .database(JedisURIHelper.getDBIndex(uri));
    if (user != null) {
      config.user(user);
    }
    if (password != null) {
      config.password(password);
    }
    int port = uri.getPort() == -1 ? 6379 : uri.getPort();
    return new RedisCache(new HostAndPort(uri.getHost(), port), config.build());
  }

  private static URI uri(String url) {
    URI uri;
    try {
      uri = new URI(url);
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException("is no URL; write redis://host:6379/0", e);
    }
    boolean isRedis = "redis".equals(uri.getScheme()) || "rediss".equals(uri.getScheme());
    String user = uri.getRawUserInfo();
    if (user != null && user.contains(":")) {
      throw new IllegalArgumentException("must not hold a password"); // and is not quoted
    }
    boolean isDatabase = String.valueOf(uri.getRawPath()).matches("/?|/\\d{1,4}");
    if (!isRedis || uri.getHost() == null || !isDatabase) {
      throw new IllegalArgumentException("is no address of a Redis; write redis://host:6379/0");
    }
    return uri;
  }

  @Override
  public long forget(Collection<Entry> entries) throws IOException {
    List<Entry> all = List.copyOf(entries);
    return ask(jedis -> {
      long there = 0;
      for (int from = 0; from < all.size(); from += BATCH) {
        there += forget(jedis, all.subList(from, Math.min(from + BATCH, all.size())));
      }
      return there;
    });
  }

  @Override
  public boolean knowsAny(List<Digest> digests) throws IOException {
    return ask(jedis -> {
      for (int from = 0; from < digests.size(); from += BATCH) {
        List<Digest> some = digests.subList(from, Math.min(from + BATCH, digests.size()));
        if (jedis.exists(some.stream().map(RedisCache::key).toArray(String[]::new)) > 0) {
          return true;
        }
      }
      return false;
    });
  }

  private static String key(Digest digest) {
    return "blobs::" + digest.text();
  }

  private <T> T ask(Function<Jedis, T> question) throws IOException {
    try (Jedis jedis = new Jedis(address, config)) {
      jedis.ping();
      return question.apply(jedis);
    } catch (JedisException e) {
      String why = e.getMessage() == null ? "it does not answer" : e.getMessage();
      throw new IOException("Redis " + address + ": " + why, e);
    }
  }

  private static long forget(Jedis jedis, List<Entry> entries) {
    List<Response<Long>> counts = new ArrayList<>();
    Pipeline pipeline = jedis.pipelined();
    for (Entry entry : entries) {
      String digest = entry.digest().text();
      if (entry.repository().isEmpty()) {
        counts.add(pipeline.del(key(entry.digest())));
      } else {
        String links = "repository::" + entry.repository() + "::blobs";
        counts.add(pipeline.srem(links, digest));
        counts.add(pipeline.del(links + "::" + digest));
      }
    }
    pipeline.sync();
    return counts.stream().mapToLong(Response::get).sum(); // an error is thrown from here
  }

  @Override
  public String toString() {
    return "Redis " + address + ", database " + config.getDatabase();
  }
}
