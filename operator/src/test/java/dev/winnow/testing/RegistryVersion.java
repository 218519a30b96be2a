package dev.winnow.testing;

/** The registries that Winnow promises to work with, each a program of {@link Tools}. */
public enum RegistryVersion {
  /** Distribution 2.8: no tag deletion, unsorted tag lists, no pages of tags. */
  V2_8("registry2", "2.8"),
  /** Distribution 3.1. */
  V3("registry3", "3.1");

  private final String tool;
  private final String text;

  RegistryVersion(String tool, String text) {
    this.tool = tool;
    this.text = text;
  }

  /** The name of its program. */
  public String tool() {
    return tool;
  }

  @Override
  public String toString() {
    return text;
  }
}
