package io.hvkit.qemu.download;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Whatever a server sends, it is read as HTTP or refused, and nothing of it gets into the next request as it came. */
class HttpHeadFuzzTest {

    private static final String VISIBLE = "[\\x21-\\x7e]+";
    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,18}");

    @FuzzTest
    void a_head_is_read_or_refused(byte[] data) {
        ByteArrayInputStream in = new ByteArrayInputStream(data);
        HttpHead head;
        try {
            head = HttpHead.read(in);
        } catch (IOException e) {
            assertThat(e.getMessage()).contains("the server");
            return;
        }
        int end = data.length - in.available();
        assertThat(data[end - 1]).as("the end of the head").isEqualTo((byte) '\n');
        assertThat(head.status()).isBetween(200, 599);
        assertThat(head.retryAfter().orElse(Duration.ZERO)).isBetween(Duration.ZERO, Duration.ofSeconds(999_999_999));
        head.validator().ifPresent(HttpHeadFuzzTest::requireFitForRequest);
        requireSizes(head);
        requireContinuation(head, offset(head));
    }

    private static void requireFitForRequest(String validator) {
        assertThat(HttpHead.isValidator(validator)).isTrue();
        assertThat(validator).matches("[\\x20-\\x7e]+");
    }

    private static void requireSizes(HttpHead head) {
        try {
            assertThat(head.bodyLength().orElse(0)).isNotNegative();
            assertThat(head.isChunked() && head.bodyLength().isPresent()).isFalse();
            assertThat(head.wholeSize().orElse(0)).isNotNegative();
        } catch (IOException e) {
            assertThat(e.getMessage()).startsWith("the server sends");
        }
    }

    /** Returns the first number of a range, so that fuzzing need not guess one. */
    private static long offset(HttpHead head) {
        Matcher number = NUMBER.matcher(head.find("content-range").orElse(""));
        return number.find() ? Long.parseLong(number.group()) : 0;
    }

    private static void requireContinuation(HttpHead head, long offset) {
        try {
            if (head.continuesAt(offset, OptionalLong.empty())) {
                long whole = head.wholeSize().orElseThrow();
                assertThat(whole).isGreaterThan(offset);
                assertThat(head.continuesAt(offset, OptionalLong.of(whole))).isTrue();
                assertThat(head.continuesAt(offset + 1, OptionalLong.of(whole))).isFalse();
                assertThat(head.bodyLength().orElse(whole - offset)).isEqualTo(whole - offset);
            }
        } catch (IOException e) {
            assertThat(e.getMessage()).startsWith("the server sends");
        }
    }

    @FuzzTest
    void a_body_is_no_longer_than_what_was_sent_and_as_long_as_was_announced(byte[] data) {
        ByteArrayInputStream in = new ByteArrayInputStream(data);
        try {
            HttpHead head = HttpHead.read(in);
            int sent = in.available();
            HttpBody body = HttpBody.of(head, in);
            byte[] buffer = new byte[64];
            long taken = 0;
            for (int count = body.read(buffer); count >= 0; count = body.read(buffer)) {
                assertThat(count).isPositive();
                taken += count;
            }
            assertThat(taken).isLessThanOrEqualTo(sent);
            assertThat(head.bodyLength().orElse(taken)).isEqualTo(taken);
            assertThat(body.read(buffer)).as("after the end").isEqualTo(-1);
        } catch (IOException e) {
            assertThat(e.getMessage()).contains("the server");
        }
    }

    @FuzzTest
    void a_redirect_leads_to_an_address_that_can_be_asked_for_or_is_refused(byte[] data) {
        Optional<String> location = Optional.of(new String(data, StandardCharsets.ISO_8859_1)); // as heads are read
        for (String from : Arrays.asList("http://images/a/b?c", "https://images:1234")) {
            SourceAddress source = SourceAddress.of(URI.create(from));
            try {
                SourceAddress next = source.redirectedTo(location);
                assertThat(next.isSecure() || !source.isSecure()).isTrue();
                assertThat(next.host()).matches(VISIBLE).doesNotContain("@");
                assertThat(next.port()).isBetween(1, 65_535);
                assertThat(next.authority()).matches(VISIBLE).doesNotContain("@");
                assertThat(next.target()).matches(VISIBLE).startsWith("/").doesNotContain("#");
                assertThat(next.toString()).matches(VISIBLE);
            } catch (DriverException e) {
                assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST);
            }
        }
    }
}
