package dev.winnow.cluster;

import static io.fabric8.crd.generator.annotation.AdditionalPrinterColumn.Type.DATE;
import static io.fabric8.crd.generator.annotation.AdditionalPrinterColumn.Type.INTEGER;

import dev.winnow.api.Registry;
import dev.winnow.api.RegistryStatus;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crd.generator.annotation.SchemaSwap;
import io.fabric8.generator.annotation.Required;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Categories;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;

/** A {@link Registry} in a cluster. */
@Group(Resources.GROUP)
@Version(Resources.VERSION)
@Kind("Registry")
@ShortNames("wreg")
@Categories("winnow")
@AdditionalPrinterColumn(name = "URL", jsonPath = ".spec.url")
@AdditionalPrinterColumn(name = "Ready", jsonPath = Resources.READY)
@AdditionalPrinterColumn(name = "Repositories", jsonPath = ".status.repositories", type = INTEGER)
@AdditionalPrinterColumn(name = "Tags", jsonPath = ".status.tags", type = INTEGER)
@AdditionalPrinterColumn(name = "Size", jsonPath = ".status.size")
@AdditionalPrinterColumn(name = "Held", jsonPath = ".status.held")
@AdditionalPrinterColumn(name = "Last-GC", jsonPath = ".status.lastCollection")
@AdditionalPrinterColumn(name = "Age", jsonPath = Resources.AGE, type = DATE)
@AdditionalPrinterColumn(name = "Message", jsonPath = Resources.MESSAGE, priority = 1)
@AdditionalPrinterColumn(
    name = "Held-Back",
    jsonPath = ".status.conditions[?(@.type==\"SpaceHeldBack\")].message",
    priority = 1)
@SchemaSwap(
    originalType = RegistryResource.class,
    fieldName = "spec",
    targetType = Registry.Spec.class)
public final class RegistryResource
    extends CustomResource<StoredSpec<Registry.Spec>, RegistryStatus> implements Namespaced {
  private static final long serialVersionUID = 1L;

  @Override
  @Required
  public StoredSpec<Registry.Spec> getSpec() {
    return super.getSpec();
  }
}
