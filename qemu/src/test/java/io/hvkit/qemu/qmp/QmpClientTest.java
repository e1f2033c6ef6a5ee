package io.hvkit.qemu.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.qemu.Await;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class QmpClientTest {

    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Duration SHORT = Duration.ofMillis(60);
    private static final QmpCommand ASK = QmpCommand.of("ask");

    @TempDir
    private Path directory;

    private ScriptedPeer peer(ScriptedPeer.Script script) throws Exception {
        return ScriptedPeer.playing(directory, talk -> {
            talk.hello();
            script.play(talk);
        });
    }

    private static QmpClient connect(ScriptedPeer peer) throws Exception {
        return QmpClient.connect(peer.socket(), LONG);
    }

    @Test
    void it_says_which_qemu_it_is_and_answers() throws Exception {
        try (ScriptedPeer peer = peer(talk -> {
                    QmpValue command = talk.hear();
                    assertThat(command.at("execute").text()).isEqualTo("ask");
                    assertThat(command.at("arguments").at("deep").at("n").number())
                            .isEqualTo(7);
                    talk.answer(command, "[{\"name\": \"Çığ ☃\"}]");
                    talk.hearTheEnd();
                });
                QmpClient client = connect(peer)) {
            assertThat(client.version()).isEqualTo(new QmpVersion(7, 2, 3, "test"));
            assertThat(client.version().isAtLeast(7, 2)).isTrue();
            assertThat(client.version().isAtLeast(7, 3)).isFalse();
            QmpValue answer = client.execute(
                    ASK.with("deep", QmpValue.object().with("n", 7)).with("text", "Çığ ☃"));
            assertThat(answer.items().get(0).at("name").text()).isEqualTo("Çığ ☃");
            assertThatThrownBy(() -> answer.items().get(0).at("name").number())
                    .hasMessageContaining("ask: [0].name is a text of 5, not a whole number");
            end(client);
            peer.await();
        }
    }

    @Test
    void answers_in_another_order_reach_those_who_asked() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try (ScriptedPeer peer = peer(talk -> {
                    QmpValue first = talk.hear();
                    QmpValue second = talk.hear();
                    talk.answer(second, second.at("arguments").at("n").toJson());
                    talk.answer(first, first.at("arguments").at("n").toJson());
                });
                QmpClient client = connect(peer)) {
            List<Future<Long>> answers = new ArrayList<>();
            for (long n = 0; n < 2; n++) {
                QmpCommand command = ASK.with("n", n);
                answers.add(threads.submit(() -> client.execute(command).number()));
            }
            assertThat(answers.get(0).get()).isEqualTo(0);
            assertThat(answers.get(1).get()).isEqualTo(1);
        } finally {
            threads.shutdownNow();
        }
    }

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

    @Test
    void a_peer_that_dies_in_the_middle_of_an_answer_leaves_doubt() throws Exception {
        try (ScriptedPeer peer = peer(talk -> {
                    talk.hear();
                    talk.send("{\"return\": {\"a\"".getBytes(StandardCharsets.UTF_8));
                });
                QmpClient client = connect(peer)) {
            DriverException e = catchThrowableOfType(DriverException.class, () -> client.execute(ASK));
            assertThat(e.failure()).isEqualTo(Failure.UNREACHABLE);
            assertThat(e.effect()).isEqualTo(Effect.UNKNOWN);
            assertThat(e).hasMessageContaining("was lost, in the middle of a message");
            assertThat(client.isLost()).isTrue();
        }
    }

    @Test
    void what_came_before_the_peer_died_is_still_told() throws Exception {
        try (ScriptedPeer peer = peer(talk -> {
                    QmpValue command = talk.hear();
                    talk.event("LAST_WORDS", 1);
                    talk.answer(command, "\"done\"");
                });
                QmpClient client = connect(peer);
                QmpEvents events = client.events()) {
            assertThat(client.execute(ASK).text()).isEqualTo("done");
            peer.await();
            assertThat(events.await(e -> true, LONG).name()).isEqualTo("LAST_WORDS");
            DriverException e = catchThrowableOfType(DriverException.class, () -> events.await(x -> true, LONG));
            assertThat(e.failure()).isEqualTo(Failure.UNREACHABLE);
        }
    }

    @Test
    void an_answer_byte_by_byte_is_an_answer() throws Exception {
        try (ScriptedPeer peer = peer(talk -> {
                    QmpValue command = talk.hear();
                    String line = "{\"id\":" + command.at("id").toJson() + ",\"return\":\"Ğ☃😀\"}\n";
                    for (byte one : line.getBytes(StandardCharsets.UTF_8)) {
                        talk.send(new byte[] {one});
                    }
                    talk.hearTheEnd();
                });
                QmpClient client = connect(peer)) {
            assertThat(client.execute(ASK).text()).isEqualTo("Ğ☃😀");
        }
    }

    @Test
    void events_between_a_command_and_the_waiting_are_not_lost() throws Exception {
        try (ScriptedPeer peer = peer(talk -> {
                    QmpValue command = talk.hear();
                    talk.event("OTHER", 1);
                    talk.event("WANTED", 2);
                    talk.answer(command, "{}");
                    talk.event("WANTED", 3);
                    talk.hearTheEnd();
                });
                QmpClient client = connect(peer);
                QmpEvents wanted = client.events("WANTED");
                QmpEvents all = client.events()) {
            client.execute(ASK);
            QmpEvent first = wanted.await(e -> true, LONG);
            assertThat(first.data().at("number").number()).isEqualTo(2);
            assertThat(first.time()).isEqualTo(Instant.ofEpochSecond(1_700_000_000, 250_000_000));
            assertThat(wanted.await(e -> e.data().at("number").number() == 3, LONG)
                            .name())
                    .isEqualTo("WANTED");
            assertThat(all.await(e -> true, LONG).name()).isEqualTo("OTHER");
            assertThat(wanted.next(Duration.ZERO)).isEmpty();
            DriverException e = catchThrowableOfType(DriverException.class, () -> wanted.await(x -> true, SHORT));
            assertThat(e.failure()).isEqualTo(Failure.TIMED_OUT);
            end(all);
            end(all);
            assertThatThrownBy(() -> all.next(SHORT)).hasMessageContaining("closed");
        }
    }

    @Test
    void a_storm_of_events_is_bounded_and_the_loss_is_told() throws Exception {
        int storm = QmpEvents.ROOM + 500;
        try (ScriptedPeer peer = peer(talk -> {
                    QmpValue command = talk.hear();
                    for (int n = 0; n < storm; n++) {
                        talk.event("STORM", n);
                    }
                    talk.answer(command, "{}");
                    talk.answer(talk.hear(), "{}");
                    talk.event("CALM", 0);
                    talk.hearTheEnd();
                });
                QmpClient client = connect(peer);
                QmpEvents events = client.events()) {
            client.execute(ASK);
            for (int n = 0; n < QmpEvents.ROOM; n++) {
                assertThat(events.next(LONG).orElseThrow().data().at("number").number())
                        .isEqualTo(n);
            }
            DriverException e = catchThrowableOfType(DriverException.class, () -> events.next(LONG));
            assertThat(e.failure()).isEqualTo(Failure.EXHAUSTED);
            assertThat(e).hasMessageContaining("500 events were dropped");
            client.execute(ASK);
            assertThat(events.await(x -> true, LONG).name()).isEqualTo("CALM");
        }
    }

    @Test
    void a_late_answer_to_a_client_that_left_is_not_held_against_the_next_one() throws Exception {
        try (ScriptedPeer peer = ScriptedPeer.playing(directory, talk -> {
                    talk.say(ScriptedPeer.GREETING);
                    talk.say("{\"return\": {}, \"id\": \"hvkit-of-old-9\"}");
                    talk.answer(talk.hear(), "{}");
                    talk.answer(talk.hear(), "1");
                    talk.hearTheEnd();
                });
                QmpClient client = connect(peer)) {
            assertThat(client.execute(ASK).number()).isEqualTo(1);
        }
    }

    @Test
    void arguments_are_in_no_failure_and_no_text() throws Exception {
        QmpCommand secretive = ASK.with("data", "canary-in-the-pit");
        assertThat(secretive.toString()
                        + secretive.arguments()
                        + secretive.arguments().at("data"))
                .doesNotContain("canary");
        try (ScriptedPeer peer = peer(talk -> {
                    talk.refuse(talk.hear(), "GenericError", "no");
                    talk.hear();
                });
                QmpClient client = connect(peer)) {
            for (int i = 0; i < 2; i++) {
                DriverException e = catchThrowableOfType(DriverException.class, () -> client.execute(secretive));
                assertThat(e).hasMessageNotContaining("canary");
            }
        }
    }

    private static DriverException failureOf(Future<?> future) {
        ExecutionException e = catchThrowableOfType(ExecutionException.class, () -> future.get(30, TimeUnit.SECONDS));
        return (DriverException) Objects.requireNonNull(e.getCause());
    }

    private static void hearAll(ScriptedPeer.Talk talk, Queue<QmpValue> heard) {
        try {
            while (true) {
                heard.add(talk.hear());
            }
        } catch (Exception e) {
            heard.clear(); // the client left, or the test is over
        }
    }

    /** Closes what is closed again at the end of its block. */
    private static void end(AutoCloseable one) throws Exception {
        one.close();
    }

    private static boolean reads(Thread thread) {
        return List.of(thread.getStackTrace()).toString().contains("QmpWire.await");
    }

    private static long number(QmpClient client) {
        try {
            return client.execute(ASK).number();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
