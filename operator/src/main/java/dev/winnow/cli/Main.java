package dev.winnow.cli;

/** Entry point of {@code winnow}. */
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    System.out.println("winnow");
  }
}
