package dev.winnow.registry;

import dev.winnow.oci.ProbeRepository;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** Lists repositories and tags. Source: OCI distribution spec <em>Content Discovery</em>. */
final class Listing {
  /** The most that distribution allows by default; a registry set up for less refuses it. */
  private static final List<String> PAGE_SIZES = List.of("?n=1000", "?n=100", "");

  private final Transport transport;
  private final Paths paths;
  private final Pages pages;

  Listing(Transport transport, Paths paths) {
    this.transport = transport;
    this.paths = paths;
    this.pages = new Pages(transport);
  }

  Catalog catalog(Consumer<String> sink) throws RegistryException {
    Reply reply;
    try {
      reply = firstPage();
    } catch (RegistryException e) {
      if (e.kind() != RegistryException.Kind.UNAUTHORIZED) {
        throw e;
      }
      // No token for the catalog is a refusal like any other.
      return new Catalog.Refused(401, String.valueOf(e.getMessage()));
    }
    if (isRefusal(reply)) {
      return new Catalog.Refused(reply.status(), String.valueOf(Faults.of(reply).getMessage()));
    }
    if (!reply.isSuccess()) {
      throw Faults.of(reply);
    }
    AtomicLong count = new AtomicLong();
    pages.follow(
        reply,
        "repositories",
        name -> {
          if (!name.equals(ProbeRepository.NAME)) {
            count.incrementAndGet();
            sink.accept(name);
          }
        });
    return count.get() == 0 ? new Catalog.Empty() : new Catalog.Listed(count.get());
  }

  private Reply firstPage() throws RegistryException {
    Reply reply = transport.send(catalogCall(PAGE_SIZES.getFirst()));
    for (int i = 1; i < PAGE_SIZES.size() && isTooManyAsked(reply); i++) {
      reply = transport.send(catalogCall(PAGE_SIZES.get(i)));
    }
    return reply;
  }

  Call catalogCall(String query) {
    return Call.get(
        Operation.CATALOG, paths.catalog(query), Access.CATALOG, "application/json", Call.PAGE);
  }

  private static boolean isTooManyAsked(Reply reply) {
    return reply.status() == 400 && reply.error().code().equals("PAGINATION_NUMBER_INVALID");
  }

  private static boolean isRefusal(Reply reply) {
    return switch (reply.status()) {
      case 401, 403, 404, 405 -> true;
      default -> !reply.isSuccess() && reply.error().code().equals("UNSUPPORTED");
    };
  }

  TagList tags(String repository) throws RegistryException {
    Reply reply = transport.send(tagsCall(repository, ""));
    if (reply.status() == 404 && reply.error().isRegistrys()) {
      return new TagList.NotFound();
    }
    if (!reply.isSuccess()) {
      throw Faults.of(reply);
    }
    Set<String> tags = new LinkedHashSet<>();
    pages.follow(reply, "tags", tags::add);
    return new TagList.Found(List.copyOf(tags));
  }

  Call tagsCall(String repository, String query) throws RegistryException {
    return Call.get(
        Operation.TAGS,
        paths.tags(repository, query),
        Access.pull(repository),
        "application/json",
        Call.PAGE);
  }
}
