package io.hvkit.qemu.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class MeanwhileTest {

    @Test
    void work_is_done_once_and_its_result_may_be_asked_for_again() {
        AtomicInteger times = new AtomicInteger();
        try (Meanwhile<Integer> work = Meanwhile.begin(times::incrementAndGet)) {
            assertThat(work.result()).isEqualTo(1);
            assertThat(work.result()).isEqualTo(1);
        }
        assertThat(times).hasValue(1);
    }

    @Test
    void nobody_waits_for_threads_that_do_something_else() throws InterruptedException {
        CountDownLatch over = new CountDownLatch(1);
        CountDownLatch busy = new CountDownLatch(ForkJoinPool.getCommonPoolParallelism());
        for (int i = 0; i < ForkJoinPool.getCommonPoolParallelism(); i++) {
            ForkJoinPool.commonPool().execute(() -> {
                busy.countDown();
                waitFor(over);
            });
        }
        try {
            busy.await();
            Thread here = Thread.currentThread();
            try (Meanwhile<Thread> work = Meanwhile.begin(Thread::currentThread)) {
                assertThat(work.result()).isSameAs(here);
            }
        } finally {
            over.countDown();
        }
    }

    @Test
    void what_was_lent_is_not_touched_after_the_end_whatever_was_thrown_before() {
        CountDownLatch begun = new CountDownLatch(1);
        AtomicBoolean ended = new AtomicBoolean();
        AtomicBoolean over = new AtomicBoolean();
        Thread caller = Thread.currentThread();
        assertThatIllegalArgumentException().isThrownBy(() -> {
            try (Meanwhile<String> work = Meanwhile.begin(() -> {
                begun.countDown();
                while (Thread.currentThread() != caller && !isWaiting(caller) && !over.get()) {
                    Thread.onSpinWait();
                }
                ended.set(!over.get());
                return "done";
            })) {
                assertThat(work).isNotNull();
                if (ForkJoinPool.getCommonPoolParallelism() > 0) {
                    begun.await();
                }
                caller.interrupt();
                throw new IllegalArgumentException("something else went wrong");
            }
        });
        over.set(true);
        assertThat(Thread.interrupted())
                .as("the interruption waits for the end")
                .isTrue();
        assertThat(ended).isTrue();
    }

    private static boolean isWaiting(Thread thread) {
        return thread.getState() == Thread.State.WAITING;
    }

    @Test
    void what_the_work_throws_is_thrown_to_whoever_asks_and_not_by_the_end() {
        IllegalArgumentException thrown = new IllegalArgumentException("no such thing");
        Meanwhile<String> work = Meanwhile.begin(() -> {
            throw thrown;
        });
        assertThatIllegalArgumentException().isThrownBy(work::result).isSameAs(thrown);
        work.close();
    }

    private static void waitFor(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
