package dev.winnow.cluster;

import static io.fabric8.crd.generator.annotation.AdditionalPrinterColumn.Type.DATE;
import static io.fabric8.crd.generator.annotation.AdditionalPrinterColumn.Type.INTEGER;

import dev.winnow.api.RetentionPolicy;
import dev.winnow.api.RetentionPolicyStatus;
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

/** A {@link RetentionPolicy} in a cluster. */
@Group(Resources.GROUP)
@Version(Resources.VERSION)
@Kind("RetentionPolicy")
@ShortNames("wpol")
@Categories("winnow")
@AdditionalPrinterColumn(name = "Registry", jsonPath = ".spec.registryRef.name")
@AdditionalPrinterColumn(name = "Schedule", jsonPath = ".spec.schedule")
@AdditionalPrinterColumn(name = "Mode", jsonPath = ".spec.mode")
@AdditionalPrinterColumn(name = "Ready", jsonPath = Resources.READY)
@AdditionalPrinterColumn(name = "Last-Run", jsonPath = ".status.lastRun.time", type = DATE)
@AdditionalPrinterColumn(name = "Deleted", jsonPath = ".status.lastRun.deleted", type = INTEGER)
@AdditionalPrinterColumn(name = "Next-Run", jsonPath = ".status.nextRun")
@AdditionalPrinterColumn(name = "Age", jsonPath = Resources.AGE, type = DATE)
@AdditionalPrinterColumn(name = "Message", jsonPath = Resources.MESSAGE, priority = 1)
@SchemaSwap(
    originalType = RetentionPolicyResource.class,
    fieldName = "spec",
    targetType = RetentionPolicy.Spec.class)
public final class RetentionPolicyResource
    extends CustomResource<StoredSpec<RetentionPolicy.Spec>, RetentionPolicyStatus>
    implements Namespaced {
  private static final long serialVersionUID = 1L;

  @Override
  @Required
  public StoredSpec<RetentionPolicy.Spec> getSpec() {
    return super.getSpec();
  }
}
