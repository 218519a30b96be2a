package dev.winnow.e2e;

import dev.winnow.testing.Folders;
import dev.winnow.testing.Shared;
import dev.winnow.testing.TestCluster;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Tests with the operator in the shared cluster: the class has one of its own, and each test a
 * user's namespace, both as parameters of the constructor and gone afterwards.
 */
@Tag("server")
@ExtendWith({Shared.class, Deployed.Parameters.class})
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@interface Deployed {
  /** Whether its collector has the times of a test; else it is the operator as it is shipped. */
  boolean inFastTime() default true;

  /** Gives a constructor the operator and the namespace. */
  final class Parameters implements ParameterResolver {
    private static final Namespace NAMESPACE = Namespace.create(Deployed.class);

    /** So that a namespace goes with its test, though the constructor asks for it. */
    @Override
    public ExtensionContextScope getTestInstantiationExtensionContextScope(ExtensionContext root) {
      return ExtensionContextScope.TEST_METHOD;
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
      Class<?> type = parameter.getParameter().getType();
      return type == DeployedOperator.class || type == UserNamespace.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
      TestCluster cluster = Shared.cluster(context);
      // Stores close what they hold.
      if (parameter.getParameter().getType() == UserNamespace.class) {
        return context
            .getStore(NAMESPACE)
            .computeIfAbsent(UserNamespace.class, none -> UserNamespace.create(cluster));
      }
      return ofClass(context)
          .getStore(NAMESPACE)
          .computeIfAbsent(
              Installation.class,
              none -> Installation.of(cluster, context.getRequiredTestClass()),
              Installation.class)
          .operator();
    }

    private static ExtensionContext ofClass(ExtensionContext context) {
      ExtensionContext above = context;
      while (above.getTestMethod().isPresent()) {
        above = above.getParent().orElseThrow();
      }
      return above;
    }
  }

  /**
   * @param operator the one of a class
   * @param overlay the folder that it was installed from
   */
  record Installation(DeployedOperator operator, Path overlay) implements AutoCloseable {
    static Installation of(TestCluster cluster, Class<?> test) {
      try {
        Path overlay = Files.createTempDirectory("overlay");
        return new Installation(
            test.getAnnotation(Deployed.class).inFastTime()
                ? DeployedOperator.installInFastTime(cluster, overlay)
                : DeployedOperator.install(cluster),
            overlay);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void close() {
      operator.close();
      Folders.delete(overlay);
    }
  }
}
