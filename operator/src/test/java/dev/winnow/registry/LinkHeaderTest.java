package dev.winnow.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LinkHeaderTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "</v2/a?n=1&last=x>; rel=\"next\"",
        "</v2/a?n=1&last=x>;rel=next",
        "</v2/a?n=1&last=x> ; title=\"a, <b>; rel=prev\" ; REL = \"Prev NEXT\"",
        "</first>; rel=first, </v2/a?n=1&last=x>; rel=\"next\", </z>; rel=last",
        "</v2/a?n=1&last=x>; type=x; rel=next; rel=prev",
      })
  void findsTheNextPage(String header) {
    assertThat(LinkHeader.next(List.of(header))).contains("/v2/a?n=1&last=x");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "</a>",
        "</a>; rel=prev",
        "</a>; rel=prev; rel=next",
        "</a; rel=next",
        "</a>; rel",
        "</a>; rel=\"nextish",
        "</a>; title=\"; rel=next\"",
      })
  void findsNone(String header) {
    assertThat(LinkHeader.next(List.of(header))).isEmpty();
  }

  @Test
  void looksThroughAllHeaders() {
    assertThat(LinkHeader.next(List.of("</a>; rel=first", "</b>; rel=next"))).contains("/b");
  }
}
