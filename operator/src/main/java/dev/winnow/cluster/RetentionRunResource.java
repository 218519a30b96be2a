package dev.winnow.cluster;

import static io.fabric8.crd.generator.annotation.AdditionalPrinterColumn.Type.DATE;
import static io.fabric8.crd.generator.annotation.AdditionalPrinterColumn.Type.INTEGER;

import dev.winnow.api.RetentionRun;
import dev.winnow.api.RetentionRunStatus;
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

/** A {@link RetentionRun} in a cluster. */
@Group(Resources.GROUP)
@Version(Resources.VERSION)
@Kind("RetentionRun")
@ShortNames("wrun")
@Categories("winnow")
@AdditionalPrinterColumn(name = "Policy", jsonPath = ".spec.policyRef.name")
@AdditionalPrinterColumn(name = "Phase", jsonPath = ".status.phase")
@AdditionalPrinterColumn(name = "Tags", jsonPath = ".status.plan.tags", type = INTEGER)
@AdditionalPrinterColumn(name = "Kept", jsonPath = ".status.plan.keep", type = INTEGER)
@AdditionalPrinterColumn(name = "Deleted", jsonPath = ".status.result.deleted", type = INTEGER)
@AdditionalPrinterColumn(name = "Failed", jsonPath = ".status.result.failed", type = INTEGER)
@AdditionalPrinterColumn(name = "Reclaimable", jsonPath = ".status.plan.reclaimable")
@AdditionalPrinterColumn(name = "Age", jsonPath = Resources.AGE, type = DATE)
@SchemaSwap(
    originalType = RetentionRunResource.class,
    fieldName = "spec",
    targetType = RetentionRun.Spec.class)
public final class RetentionRunResource
    extends CustomResource<StoredSpec<RetentionRun.Spec>, RetentionRunStatus>
    implements Namespaced {
  private static final long serialVersionUID = 1L;

  @Override
  @Required
  public StoredSpec<RetentionRun.Spec> getSpec() {
    return super.getSpec();
  }
}
