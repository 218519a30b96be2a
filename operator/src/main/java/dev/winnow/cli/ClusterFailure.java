package dev.winnow.cli;

import dev.winnow.cluster.InstalledKinds;
import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.UnknownHostException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;

/** What the API server refuses, or why it cannot be asked, each with the next step. */
final class ClusterFailure {
  private static final int UNPROCESSABLE = 422;
  private static final int TOO_MANY = 429;
  private static final int SERVER_ERRORS = 500;

  private ClusterFailure() {}

  static CommandException of(KubernetesClientException e, String server) {
    String text =
        switch (e.getCode()) {
          case -1, 0 -> unreachable(e, server);
          case HttpURLConnection.HTTP_UNAUTHORIZED ->
              "the cluster "
                  + server
                  + " does not know the credentials of the kubeconfig (Unauthorized); log in to the"
                  + " cluster again";
          case HttpURLConnection.HTTP_FORBIDDEN ->
              said(e)
                  + "\nAsk for a role that allows it; kubectl auth can-i --list shows what you may"
                  + " do.";
          case HttpURLConnection.HTTP_NOT_FOUND -> notFound(e);
          case HttpURLConnection.HTTP_CONFLICT -> "the cluster refuses it: " + said(e);
          case UNPROCESSABLE -> "the cluster does not accept it: " + said(e);
          default -> "the cluster " + server + " answers " + e.getCode() + ": " + said(e);
        };
    return new CommandException(Exit.FAILED, text);
  }

  static boolean isForbidden(KubernetesClientException e) {
    return e.getCode() == HttpURLConnection.HTTP_FORBIDDEN;
  }

  /** Whether the API server is away, or has no time; it may come back. */
  static boolean mayPass(KubernetesClientException e) {
    return e.getCode() <= 0 || e.getCode() == TOO_MANY || e.getCode() >= SERVER_ERRORS;
  }

  /** Whether the object is not what the request took it for. */
  static boolean isOutdated(KubernetesClientException e) {
    return e.getCode() == HttpURLConnection.HTTP_CONFLICT || e.getCode() == UNPROCESSABLE;
  }

  /** What the API server says, without the request that it says it of. */
  static String said(KubernetesClientException e) {
    Status status = e.getStatus();
    return status == null || status.getMessage() == null
        ? String.valueOf(e.getMessage())
        : status.getMessage();
  }

  private static String notFound(KubernetesClientException e) {
    Status status = e.getStatus();
    boolean named =
        status != null
            && status.getDetails() != null
            && status.getDetails().getName() != null
            && !status.getDetails().getName().isEmpty();
    return named
        ? said(e)
        : "the cluster does not know Winnow's kinds; install them with " + InstalledKinds.INSTALL;
  }

  private static String unreachable(KubernetesClientException e, String server) {
    return "the cluster "
        + server
        + " cannot be reached: "
        + why(e)
        + "; is it up, and is this the right context (kubectl config get-contexts)?";
  }

  /** The first cause that has a meaning; else what the last one says. */
  private static String why(Throwable failure) {
    Throwable last = failure;
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      last = cause;
      String known =
          switch (cause) {
            case UnknownHostException host -> "its host is not known";
            case UnresolvedAddressException host -> "its host is not known";
            case ConnectException refused when !isUnresolved(refused) -> "nothing answers there";
            case HttpTimeoutException timeout -> "it does not answer in time";
            case SSLException tls -> "TLS does not work: " + tls.getMessage();
            default -> "";
          };
      if (!known.isEmpty()) {
        return known;
      }
    }
    return last.getMessage() == null ? last.getClass().getSimpleName() : last.getMessage();
  }

  /** The client of the JDK says so of a host that is not known, too. */
  private static boolean isUnresolved(ConnectException e) {
    return Stream.iterate((Throwable) e, cause -> cause != null, Throwable::getCause)
        .anyMatch(UnresolvedAddressException.class::isInstance);
  }
}
