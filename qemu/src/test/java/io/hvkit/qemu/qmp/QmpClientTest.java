package io.hvkit.qemu.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class QmpClientTest extends PeerCase {

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
    void a_monitor_that_greets_twice_while_it_starts_is_heard() throws Exception {
        try (ScriptedPeer peer = ScriptedPeer.playing(directory, talk -> {
                    talk.say(ScriptedPeer.GREETING);
                    talk.hello();
                    talk.answer(talk.hear(), "1");
                });
                QmpClient client = connect(peer)) {
            assertThat(client.execute(ASK).number()).isEqualTo(1);
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
}
