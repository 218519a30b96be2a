package dev.winnow.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** What is on this machine of a cluster that {@code hack/cluster} made; in the end nothing. */
final class ClusterTraces {
  private final String name;
  private final Set<ProcessHandle> processes = new HashSet<>();
  private final Set<String> networks = new HashSet<>();

  ClusterTraces(String name) {
    this.name = name;
  }

  /** Where its state is, as {@code hack/cluster} finds it. */
  Path folder() {
    Map<String, String> environment = System.getenv();
    String home =
        environment.getOrDefault(
            "XDG_CACHE_HOME",
            environment.getOrDefault("HOME", System.getProperty("user.home")) + "/.cache");
    return Path.of(environment.getOrDefault("WINNOW_CACHE", home + "/winnow"), "clusters", name);
  }

  /** Takes note of the processes that are there now, with their network namespaces. */
  ClusterTraces look(long pid) {
    ProcessHandle first = ProcessHandle.of(pid).orElseThrow();
    String own = network(ProcessHandle.current());
    Stream.concat(Stream.of(first), first.descendants())
        .forEach(process -> {
          processes.add(process);
          networks.add(network(process));
        });
    networks.removeAll(Set.of(own, ""));
    return this;
  }

  Set<ProcessHandle> processes() {
    return processes;
  }

  /** The network namespaces of the node and of its pods. */
  Set<String> networks() {
    return networks;
  }

  /** What is left. */
  List<String> left() {
    List<String> left = new ArrayList<>();
    processes.stream()
        .filter(ProcessHandle::isAlive)
        .forEach(process -> left.add("process " + process.info().commandLine().orElse("?")));
    // Those that nobody saw start; all were given the folder or run in it.
    ProcessHandle.allProcesses()
        .filter(this::isOurs)
        .forEach(process -> left.add("process " + process.pid()));
    left.addAll(lines(Path.of("/proc/self/mountinfo"), folder().toString()));
    networks.forEach(network -> left.addAll(lines(Path.of("/proc/self/mountinfo"), network)));
    left.addAll(cgroups());
    Stream.of(folder(), Path.of("/dev/shm/winnow-" + name))
        .filter(Files::exists)
        .forEach(folder -> left.add(folder.toString()));
    return left;
  }

  /** The network devices of this machine that belong to clusters, with their numbers. */
  static Set<String> devices() {
    Set<String> devices = new HashSet<>();
    for (String line : Tools.find().run("ip", "-oneline", "link").lines().toList()) {
      if (line.contains(" winnow")) {
        devices.add(line.split("@", 2)[0]);
      }
    }
    return devices;
  }

  /** The iptables rules of this machine, without counters and comments. */
  static List<String> rules() {
    return Tools.find()
        .run("iptables-save")
        .lines()
        .filter(line -> !line.startsWith("#"))
        .map(line -> line.replaceAll("\\[\\d+:\\d+]", ""))
        .toList();
  }

  private boolean isOurs(ProcessHandle process) {
    Path proc = Path.of("/proc", Long.toString(process.pid()));
    String folder = folder().toString();
    try {
      return Files.readSymbolicLink(proc.resolve("cwd")).toString().startsWith(folder)
          || Files.readString(proc.resolve("cmdline")).contains(folder);
    } catch (IOException e) {
      return false; // it has ended
    }
  }

  private List<String> cgroups() {
    List<String> found = new ArrayList<>();
    try {
      Files.walkFileTree(
          Path.of("/sys/fs/cgroup"),
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes attributes) {
              if (dir.endsWith("winnow-" + name)) {
                found.add(dir.toString());
                return FileVisitResult.SKIP_SUBTREE;
              }
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException failure) {
              return FileVisitResult.CONTINUE; // another's, gone meanwhile
            }
          });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return found;
  }

  private static String network(ProcessHandle process) {
    try {
      return Files.readSymbolicLink(Path.of("/proc", Long.toString(process.pid()), "ns/net"))
          .toString();
    } catch (IOException e) {
      return ""; // it has ended
    }
  }

  private static List<String> lines(Path file, String part) {
    try (Stream<String> lines = Files.lines(file)) {
      return lines.filter(line -> line.contains(part)).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
