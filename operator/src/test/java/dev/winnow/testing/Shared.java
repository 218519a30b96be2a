package dev.winnow.testing;

import java.util.function.Supplier;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.StoreScope;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives tests the one {@link TestCluster} and the one {@link TestApiServer} of the whole run, as a
 * parameter of a test, a set-up method or a constructor. Each is started when it is first asked for
 * and closed after the last test; tests use namespaces of their own there and stop nothing.
 */
public final class Shared implements ParameterResolver {
  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> type = parameter.getParameter().getType();
    return type == TestCluster.class || type == TestApiServer.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == TestCluster.class
        ? cluster(context)
        : shared(context, TestApiServer.class, TestApiServer::start);
  }

  /** The cluster of the whole run, for extensions that put something into it. */
  public static TestCluster cluster(ExtensionContext context) {
    return shared(context, TestCluster.class, TestCluster::start);
  }

  private static <T extends AutoCloseable> T shared(
      ExtensionContext context, Class<T> type, Supplier<T> starter) {
    // The store closes what it holds.
    return context
        .getStore(StoreScope.LAUNCHER_SESSION, Namespace.create(Shared.class))
        .computeIfAbsent(type, key -> starter.get(), type);
  }
}
