package dev.winnow;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds the arrows between packages to one way, and what a package must not touch. */
class ArchitectureTest {
  private static final JavaClasses WINNOW =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.winnow");

  /** Each package with those of ours that it may use; top of the list never knows the bottom. */
  private static final Map<String, Set<String>> MAY_USE =
      Map.ofEntries(
          entry("parallel"),
          entry("oci"),
          entry("api"),
          entry("retention", "api", "oci"),
          entry("registry", "oci"),
          entry("storage", "oci", "parallel"),
          entry("run", "storage", "retention", "registry", "api", "oci", "parallel"),
          entry("image", "storage", "registry", "api", "oci"),
          entry("cluster", "api", "oci"),
          entry("collect", "cluster", "storage", "api", "oci"),
          entry("schedule", "api"),
          entry(
              "controller",
              "collect",
              "schedule",
              "run",
              "retention",
              "registry",
              "cluster",
              "api",
              "oci",
              "parallel"),
          entry(
              "cli",
              "controller",
              "collect",
              "cluster",
              "image",
              "schedule",
              "run",
              "storage",
              "retention",
              "registry",
              "api",
              "oci",
              "parallel"));

  private static Map.Entry<String, Set<String>> entry(String name, String... mayUse) {
    return Map.entry(name, Set.of(mayUse));
  }

  static Set<String> packages() {
    return MAY_USE.keySet();
  }

  @ParameterizedTest
  @MethodSource("packages")
  void usesOnlyWhatStandsAbove(String name) {
    Set<String> allowed = MAY_USE.getOrDefault(name, Set.of());
    noClasses()
        .that()
        .resideInAPackage(inside(name))
        .should()
        .dependOnClassesThat(
            resideInAnyPackage("dev.winnow..")
                .and(resideOutsideOfPackages(inside(name)))
                .and(outsideOf(allowed)))
        .allowEmptyShould(true)
        .check(WINNOW);
  }

  private static String inside(String name) {
    return "dev.winnow." + name + "..";
  }

  private static DescribedPredicate<JavaClass> outsideOf(Set<String> names) {
    return resideOutsideOfPackages(
        names.stream().map(ArchitectureTest::inside).toArray(String[]::new));
  }

  @Test
  void everyPackageIsInTheTable() {
    Set<String> found = new TreeSet<>();
    WINNOW.forEach(each -> found.add(each.getPackageName().split("\\.", -1)[2]));
    assertThat(MAY_USE.keySet()).containsAll(found);
  }

  @Test
  void everyPackageSaysWhatItIsFor() {
    Set<String> packages = new TreeSet<>();
    Set<String> described = new TreeSet<>();
    WINNOW.forEach(each -> packages.add(each.getPackageName()));
    for (JavaClass each : WINNOW) {
      if (each.getSimpleName().equals("package-info")) {
        described.add(each.getPackageName());
        assertThat(each.isAnnotatedWith("org.jspecify.annotations.NullMarked"))
            .as(each.getName())
            .isTrue();
      }
    }
    assertThat(described).isEqualTo(packages);
  }

  /** Libraries: the readers of documents and manifests know no other ones. */
  @Test
  void apiAndOciKnowOnlyTheirParsers() {
    classes()
        .that()
        .resideInAPackage("dev.winnow.oci..")
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage(
                "dev.winnow.oci..", "java..", "com.fasterxml.jackson.core..", "org.jspecify.."))
        .check(WINNOW);
    classes()
        .that()
        .resideInAPackage("dev.winnow.api..")
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage(
                "dev.winnow.api..",
                "java..",
                "com.fasterxml.jackson.annotation..",
                "io.fabric8.generator.annotation..",
                "io.fabric8.crd.generator.annotation..",
                "org.snakeyaml.engine..",
                "com.google.re2j..",
                "org.jspecify.."))
        .check(WINNOW);
  }

  @Test
  void retentionIsPure() {
    noClasses()
        .that()
        .resideInAPackage("dev.winnow.retention..")
        .should()
        .dependOnClassesThat(
            resideInAnyPackage(
                "java.io..", "java.nio..", "java.net..", "java.util.concurrent..", "org.slf4j.."))
        .orShould()
        .dependOnClassesThat()
        .haveNameMatching("java\\.time\\.(Clock|InstantSource)")
        .orShould()
        .callMethod(Instant.class, "now")
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .callMethod(System.class, "nanoTime")
        .orShould()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err")
        .check(WINNOW);
  }

  @Test
  void nobodyUsesTheLoggerOfTheJdk() {
    noClasses()
        .should()
        .dependOnClassesThat(resideInAnyPackage("java.util.logging..", "org.apache.logging.."))
        .check(WINNOW);
  }

  @Test
  void onlyTheCommandLineExits() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.winnow.cli..")
        .should()
        .callMethod(System.class, "exit", int.class)
        .orShould()
        .callMethod(Runtime.class, "exit", int.class)
        .orShould()
        .callMethod(Runtime.class, "halt", int.class)
        .check(WINNOW);
  }

  @Test
  void nobodySleeps() {
    for (List<Class<?>> parameters :
        List.of(
            List.<Class<?>>of(long.class),
            List.<Class<?>>of(long.class, int.class),
            List.<Class<?>>of(java.time.Duration.class))) {
      noClasses()
          .should()
          .callMethod(Thread.class, "sleep", parameters.toArray(Class<?>[]::new))
          .check(WINNOW);
    }
  }
}
