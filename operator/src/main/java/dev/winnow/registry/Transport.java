package dev.winnow.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.winnow.registry.HostLimits.Host;
import dev.winnow.registry.RegistryException.Kind;
import dev.winnow.registry.RegistryException.Reach;
import dev.winnow.registry.auth.Authorizer;
import dev.winnow.registry.auth.TokenAnswer;
import dev.winnow.registry.auth.TokenEndpoint;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/** Sends calls: within the host's limits, authorized, again where that may help. */
final class Transport implements TokenEndpoint, AutoCloseable {
  /** One for a token that ran out, one more for a scope that the registry words differently. */
  private static final int MOST_ANSWERS_TO_401 = 2;

  private static final long TOKEN = 1 << 20;

  private final RegistryEndpoint endpoint;
  private final HostLimits limits;
  private final Host registry;
  private final ClockWatch clockWatch;
  private final Exchange exchange;
  private final Authorizer authorizer;
  private final Retries retries;

  Transport(RegistryEndpoint endpoint, HostLimits limits) {
    this.endpoint = endpoint;
    this.limits = limits;
    this.registry = limits.host(endpoint.hostAndPort(), endpoint.concurrency(), endpoint.clock());
    this.clockWatch = new ClockWatch(endpoint.clock());
    this.exchange = new Exchange(endpoint, clockWatch);
    this.authorizer =
        new Authorizer(endpoint.base(), endpoint.credentials(), this, endpoint.clock());
    this.retries = new Retries(endpoint.retry(), endpoint.clock());
  }

  Optional<Duration> clockSkew() {
    return clockWatch.skew();
  }

  Retries retries() {
    return retries;
  }

  /**
   * The answer, whatever its status; after the retries also one that asked for them.
   *
   * @throws RegistryException when there is none
   */
  Reply send(Call call) throws RegistryException {
    Host host = host(call.address());
    if (!host.circuit().admits()) {
      throw new RegistryException(
          Kind.CIRCUIT_OPEN,
          0,
          call.name()
              + ": not sent, the last requests to "
              + Origins.hostAndPort(call.address())
              + " all failed; it is tried again "
              + Circuit.OPEN.toSeconds()
              + " s after that");
    }
    try {
      Reply reply = attempts(call, host);
      if (reply.status() >= 500) {
        host.circuit().failed();
      } else if (reply.status() == 0) {
        host.circuit().abandoned();
      } else {
        host.circuit().answered();
      }
      return reply;
    } catch (RegistryException e) {
      if (e.isConnectionFault()) {
        host.circuit().failed();
      } else {
        host.circuit().abandoned();
      }
      throw e;
    }
  }

  /** The answer if it is a success, else the fault it stands for. */
  Reply succeed(Call call) throws RegistryException {
    Reply reply = send(call);
    if (!reply.isSuccess()) {
      throw Faults.of(reply);
    }
    return reply;
  }

  private Reply attempts(Call call, Host host) throws RegistryException {
    for (int attempt = 1; ; attempt++) {
      Reply reply;
      try {
        reply = authorized(call, host);
      } catch (RegistryException e) {
        if (e.reach() == Reach.MAYBE) {
          call.gate().outcomeUnknown();
        }
        if (!retries.again(call, e, attempt)) {
          throw e;
        }
        retries.pauseAfter(call, attempt);
        continue;
      }
      if (!retries.again(call, reply, attempt)) {
        return reply;
      }
      if (reply.status() >= 500) {
        call.gate().outcomeUnknown();
      }
      retries.pauseAfter(call, reply, attempt);
    }
  }

  private Reply authorized(Call call, Host host) throws RegistryException {
    try {
      return switch (call.access()) {
        case Access.Fixed(String authorization) -> limited(call, host, authorization);
        case Access.Scoped scoped -> scoped(call, host, scoped);
      };
    } catch (InterruptedException e) {
      throw Faults.interrupted(call.name(), e);
    } catch (IOException e) {
      // The client says an interrupt during a blocking read of the payload this way.
      throw Faults.of(call, e);
    }
  }

  private Reply scoped(Call call, Host host, Access.Scoped scoped)
      throws IOException, InterruptedException {
    String sent = authorizer.proactive(scoped.scopes());
    for (int answers = 0; ; answers++) {
      Reply reply = limited(call, host, sent);
      if (reply.status() != 401 || !exchange.isOwn(reply.address())) {
        return reply;
      }
      if (answers == MOST_ANSWERS_TO_401) {
        authorizer.requireCredentials();
        return reply;
      }
      Optional<String> next =
          authorizer.answer(reply.headerValues("WWW-Authenticate"), scoped.scopes(), sent);
      if (next.isEmpty()) {
        return reply;
      }
      sent = next.get();
    }
  }

  /** Holds one of the host's permits until the body was read. */
  private Reply limited(Call call, Host host, String authorization)
      throws IOException, InterruptedException {
    host.permits().acquire();
    Permit permit = new Permit(host.permits());
    try {
      Reply reply = exchange.send(call, authorization);
      if (reply.body() instanceof Body.Stream(InputStream stream)) {
        Body held = new Body.Stream(permit.heldBy(stream));
        return new Reply(call, reply.address(), reply.status(), reply.headers(), held);
      }
      return reply;
    } finally {
      permit.releaseUnlessHeld();
    }
  }

  private Host host(URI address) {
    return exchange.isOwn(address)
        ? registry
        : limits.host(Origins.hostAndPort(address), endpoint.concurrency(), endpoint.clock());
  }

  @Override
  public TokenAnswer get(URI address, String authorization) throws RegistryException {
    Access access = new Access.Fixed(authorization);
    return answer(send(Call.get(Operation.TOKEN, address, access, "application/json", TOKEN)));
  }

  @Override
  public TokenAnswer post(URI address, String form) throws RegistryException {
    Payload payload = new Payload.Bytes(form.getBytes(UTF_8), "application/x-www-form-urlencoded");
    return answer(
        send(Call.send("POST", Operation.TOKEN, address, new Access.Fixed(""), payload, true)));
  }

  private static TokenAnswer answer(Reply reply) {
    return new TokenAnswer(reply.status(), new String(reply.bytes(), UTF_8));
  }

  @Override
  public void close() {
    exchange.close();
  }
}
