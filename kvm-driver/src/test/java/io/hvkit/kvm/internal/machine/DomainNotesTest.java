package io.hvkit.kvm.internal.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.kvm.internal.libvirt.LibvirtException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** Whose turn it is. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class DomainNotesTest {

    private static final int THREADS = 8;
    private static final int ROUNDS = 2_000;

    private final DomainNotes notes = new DomainNotes();
    private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    private int written;

    @AfterEach
    void end() {
        threads.shutdownNow();
    }

    @Test
    void no_change_of_a_machine_is_lost_and_nothing_is_kept_of_it() throws Exception {
        CyclicBarrier barrier = new CyclicBarrier(THREADS);
        Callable<Integer> writer = () -> {
            barrier.await();
            for (int round = 0; round < ROUNDS; round++) {
                int done = notes.alone("one", () -> notes.alone("one", () -> ++written));
                assertThat(done).isPositive();
            }
            return ROUNDS;
        };
        List<Callable<Integer>> writers = new ArrayList<>();
        for (int thread = 0; thread < THREADS; thread++) {
            writers.add(writer);
        }

        for (Future<Integer> each : threads.invokeAll(writers)) {
            assertThat(each.get()).isEqualTo(ROUNDS);
        }
        assertThat(written).isEqualTo(THREADS * ROUNDS);
        assertThat(notes.isIdle()).isTrue();
    }

    @Test
    void machines_do_not_wait_for_each_other() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch other = new CountDownLatch(1);
        Future<Boolean> slow = threads.submit(() -> notes.alone("slow", () -> {
            begun.countDown();
            return awaited(other);
        }));
        assertThat(begun.await(1, TimeUnit.MINUTES)).isTrue();

        Future<String> fast = threads.submit(() -> notes.alone("fast", () -> "done"));

        assertThat(fast.get(1, TimeUnit.MINUTES)).isEqualTo("done");
        other.countDown();
        assertThat(slow.get(1, TimeUnit.MINUTES)).isTrue();
    }

    @Test
    void a_turn_that_failed_is_over() throws LibvirtException {
        assertThatThrownBy(() -> notes.alone("one", () -> {
                    throw new IllegalStateException("failed");
                }))
                .hasMessage("failed");

        assertThat(notes.isIdle()).isTrue();
        assertThat(notes.alone("one", () -> "next")).isEqualTo("next");
    }

    @Test
    void nobody_waits_for_ever_and_what_was_given_up_is_not_done_later() throws Exception {
        DomainNotes impatient = new DomainNotes(Duration.ofMillis(50));
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        Future<Boolean> slow = threads.submit(() -> impatient.alone("one", () -> {
            begun.countDown();
            return awaited(end);
        }));
        assertThat(begun.await(1, TimeUnit.MINUTES)).isTrue();

        DriverException refused =
                catchThrowableOfType(DriverException.class, () -> impatient.alone("one", () -> ++written));

        assertThat(refused.failure()).isEqualTo(Failure.OPERATION_PENDING);
        assertThat(refused.effect()).isEqualTo(Effect.NOT_APPLIED);
        end.countDown();
        assertThat(slow.get(1, TimeUnit.MINUTES)).isTrue();
        assertThat(impatient.isIdle()).isTrue();
        assertThat(written).isZero();
    }

    private static boolean awaited(CountDownLatch latch) {
        try {
            return latch.await(1, TimeUnit.MINUTES);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
