package dev.winnow.testing;

import java.nio.file.Path;

/** What can be done to the only node of a cluster, where that is ours. */
public interface TestNode {
  /** Ends its kubelet; containers go on. Returns when it has ended. */
  void stopKubelet();

  /** Starts its kubelet again. */
  void startKubelet();

  /**
   * Gives it a disk of its own, which goes with the cluster.
   *
   * @param folder where, as the node sees it
   * @return the same folder as the tests see it
   */
  Path mountDisk(Path folder, int megabytes);
}
