package io.hvkit.vmware.internal.soap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.testkit.Await;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** When the time is asked for before a change, how often, and what is said if nobody answers. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class WakingTest {

    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Call CHANGE = Call.changing(new Ref("VirtualMachine", "vm-1"), Data.of("PowerOnVM_Task"));
    private static final Call READ = Call.reading(Ref.SERVICE, Data.of("CurrentTime"));
    private static final Node TIME = new Node("CurrentTimeResponse", "", "");

    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1); // which it may pass
    private final AtomicInteger asked = new AtomicInteger();
    private final Deque<LostAnswer> losses = new ArrayDeque<>();
    private Duration timeout = LONG;

    private Waking waking() {
        return new Waking(
                (call, deadline) -> {
                    asked.incrementAndGet();
                    LostAnswer loss = losses.poll();
                    if (loss == null) {
                        return TIME;
                    }
                    Await.until(
                            "the end of its time",
                            LONG,
                            () -> loss.reach() != LostAnswer.Reach.SENT || deadline.isOver());
                    throw loss;
                },
                nanos::get,
                timeout);
    }

    private void pass(Duration span) {
        nanos.addAndGet(span.toNanos());
    }

    private void lose(Failure failure, LostAnswer.Reach reach) {
        losses.add(new LostAnswer(failure, reach, "it was lost", null));
    }

    private void before(Waking waking, Call call) throws Exception {
        waking.before(call, Deadline.in(timeout));
    }

    @Test
    void nothing_is_asked_before_reads_or_while_answers_come() throws Exception {
        Waking waking = waking();
        pass(Waking.PAUSE);
        before(waking, CHANGE);
        pass(Duration.ofNanos(1));
        before(waking, READ);
        waking.heard(1);
        assertThat(asked).hasValue(0);

        before(waking, CHANGE); // what was heard of was one connection
        assertThat(asked).hasPositiveValue();
        int once = asked.get();
        before(waking, CHANGE);
        pass(Waking.PAUSE);
        waking.heard(1);
        pass(Waking.PAUSE);
        before(waking, CHANGE);
        assertThat(asked).hasValue(once);
    }

    @Test
    void each_connection_that_may_be_open_is_asked_over_since_any_may_be_the_next() throws Exception {
        Waking waking = waking();
        waking.heard(1);
        waking.heard(5);
        waking.heard(2);
        pass(Waking.PAUSE.multipliedBy(2));
        before(waking, CHANGE);
        assertThat(asked).as("five calls at once, and the poll for tasks").hasValue(6);

        pass(Waking.PAUSE.multipliedBy(2));
        before(waking, CHANGE);
        assertThat(asked).as("the others were closed long ago, or asked over").hasValue(8);
    }

    @Test
    void one_that_is_silent_is_left_for_the_next_and_time_remains_for_the_change() throws Exception {
        timeout = Duration.ofSeconds(2);
        Waking waking = waking();
        pass(Waking.PAUSE.multipliedBy(2));
        lose(Failure.TIMED_OUT, LostAnswer.Reach.SENT);
        Deadline deadline = Deadline.in(timeout);

        waking.before(CHANGE, deadline);
        assertThat(asked).hasValue(3);
        assertThat(deadline.isOver()).isFalse();
    }

    @Test
    void a_change_before_which_nobody_answers_is_not_sent_and_says_so() throws Exception {
        timeout = Duration.ofMillis(400);
        Waking waking = waking();
        pass(Waking.PAUSE.multipliedBy(2));
        for (int i = 0; i < 3; i++) {
            lose(Failure.TIMED_OUT, LostAnswer.Reach.SENT);
        }
        requireUnsent(waking, Failure.TIMED_OUT);
        assertThat(asked).hasValue(3);
        lose(Failure.UNREACHABLE, LostAnswer.Reach.UNSENT);
        requireUnsent(waking, Failure.UNREACHABLE);
        assertThat(asked).as("one that was refused is not asked again").hasValue(4);

        before(waking, CHANGE);
        assertThat(asked).as("it has not been heard yet").hasValueGreaterThan(4);
    }

    private static void requireUnsent(Waking waking, Failure failure) {
        assertThatExceptionOfType(LostAnswer.class)
                .isThrownBy(() -> waking.before(CHANGE, Deadline.in(LONG)))
                .withMessageContaining("PowerOnVM_Task")
                .withMessageContaining("was not sent")
                .matches(e -> !e.mayHaveWorked())
                .satisfies(e -> assertThat(e.asFailure().effect()).isEqualTo(Effect.NOT_APPLIED))
                .satisfies(e -> assertThat(e.asFailure().failure()).isEqualTo(failure));
    }

    @Test
    void who_comes_meanwhile_waits_for_the_answer_and_does_not_ask_again() throws Exception {
        CountDownLatch asking = new CountDownLatch(1);
        CountDownLatch answer = new CountDownLatch(1);
        Waking waking = new Waking(
                (call, deadline) -> {
                    asked.incrementAndGet();
                    asking.countDown();
                    answer.await();
                    return TIME;
                },
                nanos::get,
                timeout);
        pass(Waking.PAUSE.multipliedBy(2));
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            Future<?> first = thread.submit(() -> {
                before(waking, CHANGE);
                return null;
            });
            asking.await();
            assertThatExceptionOfType(LostAnswer.class)
                    .isThrownBy(() -> waking.before(CHANGE, Deadline.in(Duration.ofMillis(50))))
                    .matches(e -> !e.mayHaveWorked());
            answer.countDown();
            before(waking, CHANGE);
            first.get();
        } finally {
            thread.shutdownNow();
        }
        assertThat(asked).hasValue(2);
    }
}
