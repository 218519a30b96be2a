package dev.winnow.cli;

import dev.winnow.api.Documents;
import dev.winnow.registry.RegistryClient;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Clients of all registries that a command works on. They are made before the first registry is
 * contacted, so that a Secret or a certificate that is no good is said first.
 */
final class Clients implements AutoCloseable {
  private final Map<String, RegistryClient> clients = new HashMap<>();

  private Clients() {}

  static Clients open(Connections connections, Documents documents, List<Inputs.Work> works)
      throws CommandException {
    Clients opened = new Clients();
    try {
      for (Inputs.Work work : works) {
        String address = Inputs.hostPort(work.registry());
        if (!opened.clients.containsKey(address)) {
          opened.clients.put(address, connections.open(work.registry(), documents));
        }
      }
      return opened;
    } catch (CommandException | RuntimeException e) {
      opened.close();
      throw e;
    }
  }

  RegistryClient of(Inputs.Work work) {
    return Objects.requireNonNull(clients.get(Inputs.hostPort(work.registry())));
  }

  @Override
  public void close() {
    clients.values().forEach(RegistryClient::close);
  }
}
