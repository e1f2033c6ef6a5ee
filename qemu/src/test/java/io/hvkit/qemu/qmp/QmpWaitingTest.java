package io.hvkit.qemu.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.qemu.Await;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** Many who wait at one connection, and those who stop waiting. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class QmpWaitingTest extends PeerCase {

    @Test
    void a_thousand_commands_of_sixteen_threads_each_get_their_own_answer() throws Exception {
        int threads = 16;
        int each = 64;
        ExecutorService pool = Executors.newFixedThreadPool(threads + 1);
        try (ScriptedPeer peer = peer(talk -> {
                    LinkedBlockingQueue<QmpValue> heard = new LinkedBlockingQueue<>();
                    pool.execute(() -> hearAll(talk, heard));
                    for (int left = threads * each; left > 0; ) {
                        List<QmpValue> commands = new ArrayList<>(List.of(heard.take()));
                        heard.drainTo(commands);
                        Collections.shuffle(commands);
                        for (QmpValue command : commands) {
                            talk.event("NOISE", left);
                            talk.answer(command, command.at("arguments").at("n").toJson());
                            left--;
                        }
                    }
                    talk.hearTheEnd();
                });
                QmpClient client = connect(peer)) {
            List<Future<Long>> right = new ArrayList<>();
            for (int thread = 0; thread < threads; thread++) {
                long base = 1000L * thread;
                right.add(pool.submit(() -> {
                    long good = 0;
                    for (long n = base; n < base + each; n++) {
                        good += client.execute(ASK.with("n", n)).number() == n ? 1 : 0;
                    }
                    return good;
                }));
            }
            for (Future<Long> one : right) {
                assertThat(one.get(60, TimeUnit.SECONDS)).isEqualTo(each);
            }
        } finally {
            pool.shutdownNow();
        }
    }

    @Test
    void an_answer_after_the_limit_is_dropped_and_confuses_nobody() throws Exception {
        CountDownLatch gaveUp = new CountDownLatch(1);
        try (ScriptedPeer peer = peer(talk -> {
                    QmpValue first = talk.hear();
                    gaveUp.await();
                    QmpValue second = talk.hear();
                    talk.answer(first, "\"late\"");
                    talk.answer(second, "\"in time\"");
                    talk.hearTheEnd();
                });
                QmpClient client = connect(peer)) {
            DriverException e = catchThrowableOfType(DriverException.class, () -> client.execute(ASK.within(SHORT)));
            assertThat(e.failure()).isEqualTo(Failure.TIMED_OUT);
            assertThat(e.effect()).isEqualTo(Effect.UNKNOWN);
            assertThat(e).hasMessage("ask has no answer within PT0.06S; qemu may still do it");
            gaveUp.countDown();
            assertThat(client.execute(ASK).text()).isEqualTo("in time");
            assertThat(client.isOpen()).isTrue();
        }
    }

    @Test
    void a_command_that_could_not_be_sent_in_time_never_is() throws Exception {
        CountDownLatch gaveUp = new CountDownLatch(1);
        try (ScriptedPeer peer = peer(talk -> {
                    gaveUp.await();
                    QmpValue first = talk.hear();
                    assertThat(first.at("execute").text()).isEqualTo("clog");
                    talk.answer(first, "1");
                    QmpValue third = talk.hear();
                    assertThat(third.at("execute").text()).isEqualTo("last");
                    talk.answer(third, "3");
                    talk.hearTheEnd();
                });
                QmpClient client = connect(peer)) {
            QmpCommand clog = QmpCommand.of("clog").with("text", "x".repeat(4_000_000));
            DriverException begun =
                    catchThrowableOfType(DriverException.class, () -> client.execute(clog.within(SHORT)));
            assertThat(begun.effect()).isEqualTo(Effect.UNKNOWN);
            DriverException unsent = catchThrowableOfType(
                    DriverException.class,
                    () -> client.execute(QmpCommand.of("second").within(SHORT)));
            assertThat(unsent.failure()).isEqualTo(Failure.TIMED_OUT);
            assertThat(unsent.effect()).isEqualTo(Effect.NOT_APPLIED);
            assertThat(unsent).hasMessageContaining("it could not even be sent, and never will be");
            gaveUp.countDown();
            assertThat(client.execute(QmpCommand.of("last")).number()).isEqualTo(3);
        }
    }

    @Test
    void interrupting_who_reads_for_all_hands_that_over_and_leaves_the_connection_good() throws Exception {
        CountDownLatch bothAsked = new CountDownLatch(1);
        CountDownLatch interrupted = new CountDownLatch(1);
        try (ScriptedPeer peer = peer(talk -> {
                    QmpValue first = talk.hear();
                    QmpValue second = talk.hear();
                    bothAsked.countDown();
                    interrupted.await();
                    talk.answer(second, "2");
                    talk.answer(first, "1");
                    talk.answer(talk.hear(), "3");
                    talk.hearTheEnd();
                });
                QmpClient client = connect(peer)) {
            CompletableFuture<Throwable> ended = new CompletableFuture<>();
            Thread reader = new Thread(() -> {
                try {
                    client.execute(ASK);
                    ended.complete(new AssertionError("answered"));
                } catch (Exception e) {
                    ended.complete(e);
                }
            });
            reader.start();
            Await.until("it waits", () -> reader.getState() == Thread.State.RUNNABLE && reads(reader));
            CompletableFuture<Long> second = CompletableFuture.supplyAsync(() -> number(client));
            bothAsked.await();
            reader.interrupt();
            assertThat(ended.get(30, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
            interrupted.countDown();
            assertThat(second.get(30, TimeUnit.SECONDS)).isEqualTo(2);
            assertThat(client.execute(ASK).number()).isEqualTo(3);
        }
    }

    @Test
    void closing_wakes_all_who_wait_and_says_that_nobody_knows() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        CountDownLatch asked = new CountDownLatch(1);
        try (ScriptedPeer peer = peer(talk -> {
                    talk.hear();
                    talk.hear();
                    talk.hear();
                    asked.countDown();
                    talk.hearTheEnd();
                });
                QmpClient client = connect(peer);
                QmpEvents events = client.events()) {
            List<Future<QmpValue>> waiting = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                waiting.add(threads.submit(() -> client.execute(ASK)));
            }
            Future<QmpEvent> event = threads.submit(() -> events.await(e -> true, LONG));
            asked.await();
            end(client);
            end(client);
            for (Future<?> one : List.of(waiting.get(0), waiting.get(1), waiting.get(2), event)) {
                DriverException e = failureOf(one);
                assertThat(e.failure()).isEqualTo(Failure.UNREACHABLE);
                assertThat(e.effect()).isEqualTo(Effect.UNKNOWN);
                assertThat(e).hasMessageContaining("was closed here");
            }
            assertThat(client.isOpen()).isFalse();
            DriverException after = catchThrowableOfType(DriverException.class, () -> client.execute(ASK));
            assertThat(after.failure()).isEqualTo(Failure.UNREACHABLE);
            assertThat(after.effect()).isEqualTo(Effect.NOT_APPLIED);
            peer.await();
        } finally {
            threads.shutdownNow();
        }
    }
}
