package dev.winnow.cluster;

import static io.fabric8.crd.generator.annotation.AdditionalPrinterColumn.Type.DATE;

import dev.winnow.api.GarbageCollection;
import dev.winnow.api.GarbageCollectionStatus;
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

/** A {@link GarbageCollection} in a cluster. */
@Group(Resources.GROUP)
@Version(Resources.VERSION)
@Kind("GarbageCollection")
@ShortNames("wgc")
@Categories("winnow")
@AdditionalPrinterColumn(name = "Registry", jsonPath = ".spec.registryRef.name")
@AdditionalPrinterColumn(name = "Phase", jsonPath = ".status.phase")
@AdditionalPrinterColumn(name = "Freed", jsonPath = ".status.freed")
@AdditionalPrinterColumn(name = "Held", jsonPath = ".status.held")
@AdditionalPrinterColumn(name = "Restored", jsonPath = ".status.restored")
@AdditionalPrinterColumn(name = "Duration", jsonPath = ".status.duration")
@AdditionalPrinterColumn(name = "Age", jsonPath = Resources.AGE, type = DATE)
@AdditionalPrinterColumn(name = "Message", jsonPath = ".status.conditions[*].message", priority = 1)
@SchemaSwap(
    originalType = GarbageCollectionResource.class,
    fieldName = "spec",
    targetType = GarbageCollection.Spec.class)
public final class GarbageCollectionResource
    extends CustomResource<StoredSpec<GarbageCollection.Spec>, GarbageCollectionStatus>
    implements Namespaced {
  private static final long serialVersionUID = 1L;

  @Override
  @Required
  public StoredSpec<GarbageCollection.Spec> getSpec() {
    return super.getSpec();
  }
}
