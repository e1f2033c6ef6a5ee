package io.hvkit.kvm.internal.libvirt;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class BackoffTest {

    @RepeatedTest(20)
    void pauses_grow_to_a_limit_and_no_further() {
        Backoff backoff = new Backoff(new Random());
        Duration most = Backoff.FIRST;
        for (int i = 0; i < 20; i++) {
            assertThat(backoff.pause()).isBetween(most.dividedBy(2), most);
            most = most.multipliedBy(2);
            most = most.compareTo(Backoff.LONGEST) > 0 ? Backoff.LONGEST : most;
        }
        assertThat(most).isEqualTo(Backoff.LONGEST);
    }

    @Test
    void two_that_lost_the_same_host_do_not_come_back_together() {
        Random random = new Random(17);

        assertThat(IntStream.range(0, 20)
                        .mapToObj(i -> new Backoff(random).pause())
                        .distinct())
                .hasSizeGreaterThan(10);
    }
}
