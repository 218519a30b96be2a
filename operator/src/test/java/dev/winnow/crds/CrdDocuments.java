package dev.winnow.crds;

import dev.winnow.api.Opaque;
import dev.winnow.api.RetentionPolicy;
import dev.winnow.cluster.GarbageCollectionResource;
import dev.winnow.cluster.RegistryResource;
import dev.winnow.cluster.RetentionPolicyResource;
import dev.winnow.cluster.RetentionRunResource;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crd.generator.annotation.SchemaSwap;
import io.fabric8.crdv2.generator.CRDGenerator;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceColumnDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinitionVersion;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.client.CustomResource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The custom resource definitions as YAML: what the generator makes of the records, with the
 * columns in their order, the Javadoc as descriptions, and lists that several owners may share.
 */
final class CrdDocuments {
  private static final List<Class<? extends CustomResource<?, ?>>> KINDS =
      List.of(
          RegistryResource.class,
          RetentionPolicyResource.class,
          RetentionRunResource.class,
          GarbageCollectionResource.class);

  private final Javadocs javadocs;

  CrdDocuments(Path checkout) {
    try {
      javadocs = new Javadocs(checkout.resolve("operator/src/main/java/dev/winnow/api"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The texts by file name. */
  Map<String, String> all() {
    Map<String, String> files = new TreeMap<>();
    for (Class<? extends CustomResource<?, ?>> kind : KINDS) {
      Output output = new Output();
      new CRDGenerator()
          .withOutput(output)
          .withMinQuotes(true)
          .withPostProcessor(new Completion(kind))
          .customResourceClasses(List.<Class<? extends HasMetadata>>of(kind))
          .forCRDVersions("v1")
          .generate();
      files.put(
          HasMetadata.getFullResourceName(kind) + ".yaml",
          output
              .bytes
              .toString(StandardCharsets.UTF_8)
              .replaceFirst("#[^\n]*\n", "# Made from the records by make crds.\n")
              // kubectl reads YAML 1.1, where these are no texts.
              .replaceAll("(?m)^( *- )(True|False)$", "$1\"$2\""));
    }
    files.put("kustomization.yaml", kustomization(files.keySet()));
    return files;
  }

  /** What lets an overlay take them in. */
  private static String kustomization(Set<String> files) {
    return "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n"
        + files.stream().map(file -> "- " + file + "\n").collect(Collectors.joining());
  }

  private static final class Output implements CRDGenerator.CRDOutput<ByteArrayOutputStream> {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    @Override
    public ByteArrayOutputStream outputFor(String crdName) {
      return bytes;
    }

    @Override
    public URI crdURI(String crdName) {
      return URI.create("file:/" + crdName);
    }

    @Override
    public void close() {}
  }

  private final class Completion implements io.fabric8.crdv2.generator.CRDPostProcessor {
    private final Class<?> kind;

    Completion(Class<?> kind) {
      this.kind = kind;
    }

    @Override
    public HasMetadata process(HasMetadata made, String crdVersion) {
      CustomResourceDefinition definition = (CustomResourceDefinition) made;
      CustomResourceDefinitionVersion version = definition.getSpec().getVersions().getFirst();
      version.setAdditionalPrinterColumns(ordered(version.getAdditionalPrinterColumns()));
      JSONSchemaProps root = version.getSchema().getOpenAPIV3Schema();
      root.setDescription(kindOf(kind) + " of winnow.dev.");
      JSONSchemaProps spec = property(root, "spec");
      spec.setDescription("What is wanted.");
      complete(spec, kind.getAnnotation(SchemaSwap.class).targetType());
      JSONSchemaProps status = property(root, "status");
      status.setDescription("What was found and done; written by the operator.");
      complete(status, statusOf(kind));
      return definition;
    }

    private List<CustomResourceColumnDefinition> ordered(
        List<CustomResourceColumnDefinition> columns) {
      List<String> order =
          Arrays.stream(kind.getAnnotationsByType(AdditionalPrinterColumn.class))
              .map(AdditionalPrinterColumn::name)
              .toList();
      List<CustomResourceColumnDefinition> sorted = new ArrayList<>(columns);
      sorted.sort(
          (a, b) -> Integer.compare(order.indexOf(a.getName()), order.indexOf(b.getName())));
      return sorted;
    }

    private void complete(JSONSchemaProps schema, Class<?> type) {
      for (RecordComponent component : type.getRecordComponents()) {
        JSONSchemaProps property = property(schema, component.getName());
        property.setDescription(javadocs.of(type, component.getName()));
        inside(property, component.getGenericType());
      }
    }

    private static JSONSchemaProps property(JSONSchemaProps schema, String name) {
      JSONSchemaProps property = schema.getProperties().get(name);
      if (property == null) {
        throw new IllegalStateException("the generator made no property " + name);
      }
      return property;
    }

    private void inside(JSONSchemaProps property, Type type) {
      if (type instanceof ParameterizedType generic) {
        Type last = generic.getActualTypeArguments()[generic.getActualTypeArguments().length - 1];
        if (generic.getRawType() == List.class) {
          share(property, last);
          if (last == Opaque.class) {
            property.getItems().getSchema().setXKubernetesPreserveUnknownFields(true);
          }
          inside(property.getItems().getSchema(), last);
        } else {
          inside(property.getAdditionalProperties().getSchema(), last);
        }
      } else if (type instanceof Class<?> plain
          && plain.isRecord()
          && plain != Opaque.class
          && !Boolean.TRUE.equals(property.getXKubernetesPreserveUnknownFields())) {
        complete(property, plain);
      }
    }

    /** Lists whose items have names: two owners may each apply their own. */
    private static void share(JSONSchemaProps list, Type item) {
      String key =
          item == dev.winnow.api.Condition.class
              ? "type"
              : item == RetentionPolicy.Rule.class ? "name" : null;
      if (key != null) {
        list.setXKubernetesListType("map");
        list.setXKubernetesListMapKeys(List.of(key));
      }
    }
  }

  private static String kindOf(Class<?> type) {
    return HasMetadata.getKind(type);
  }

  private static Class<?> statusOf(Class<?> kind) {
    ParameterizedType parent = (ParameterizedType) kind.getGenericSuperclass();
    return (Class<?>) parent.getActualTypeArguments()[1];
  }
}
