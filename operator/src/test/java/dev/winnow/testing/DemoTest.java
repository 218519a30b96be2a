package dev.winnow.testing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** That {@code make demo} shows what the README says; a cluster of its own, hence with the soak. */
@Tag("soak")
class DemoTest {
  @Test
  void previewsEnforcesOnScheduleAndCollects() {
    LocalCluster.assumeChosen();
    Tools tools = Tools.find();
    ProcessBuilder demo =
        new ProcessBuilder(
            Tools.checkout().resolve("hack/demo/cluster").toString(), tools.folder().toString());
    Tools.Result result = Tools.finish(demo);
    assertThat(result.exitCode()).as(result.out() + result.err()).isZero();
    assertThat(result.out())
        .contains("Previewed: 10 of 37 tags would be deleted")
        .contains("KeptByPolicy 3")
        .contains("Applied: 7 tags deleted, 0 skipped, 0 failed")
        .contains("30 tags, 30 manifests and 60 blobs in 2 repositories read and hashed: all whole")
        .containsPattern("third-night +main +Succeeded +278Ki +0B ")
        .containsPattern("shop/cart:v1.4.0 +Running");
  }
}
