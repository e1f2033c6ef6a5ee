package io.hvkit.powerflex.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.powerflex.simulator.control.Fault;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FaultsIT extends GatewayCase {

    private Client.Reply list() {
        return client.get("/api/types/Volume/instances");
    }

    @Test
    void a_fault_strikes_its_operation_as_often_as_it_should_and_no_other() {
        system.faults().add(Fault.at("listVolume").times(2).answering(503));
        assertThat(client.get("/api/types/Sdc/instances").status()).isEqualTo(200);
        assertThat(list().status()).isEqualTo(503);
        assertThat(system.faults().waiting()).hasSize(1);
        assertThat(list().status()).isEqualTo(503);
        assertThat(list().status()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(ints = {204, 401, 403, 500, 502, 503})
    void any_status_is_answered_before_the_work(int status) {
        system.faults().add(Fault.anywhere().answering(status));
        assertThat(client.post(
                                "/api/types/Volume/instances",
                                "{'storagePoolId':'" + system.poolId("pool1") + "','volumeSizeInGb':'8'}")
                        .status())
                .isEqualTo(status);
        assertThat(list().text()).isEqualTo("[]");
    }

    @Test
    void an_answer_is_lost_before_the_work_or_after_it() {
        String id = client.create("one");
        String host = "{'sdcId':'" + sdc("host1") + "'}";
        system.faults().add(Fault.at("addMappedSdc").losingTheAnswer());
        assertThat(client.act(id, "addMappedSdc", host).status()).isZero();
        assertThat(client.volume(id).get("mappedSdcInfo").isNull()).isTrue();
        system.faults().add(Fault.at("addMappedSdc").afterWork().losingTheAnswer());
        assertThat(client.act(id, "addMappedSdc", host).status()).isZero();
        assertThat(client.volume(id).get("mappedSdcInfo")).hasSize(1);
        assertThat(system.calls().of("addMappedSdc")).isEqualTo(2);
        assertThat(system.calls().all())
                .anyMatch(call -> call.operation().equals("addMappedSdc") && call.status() == 0);
    }

    @Test
    void a_removal_answers_500_after_it_was_done() {
        String id = client.create("one");
        system.faults().add(Fault.at("removeVolume").afterWork().answering(500));
        assertThat(client.act(id, "removeVolume", "{'removeMode':'ONLY_ME'}").status())
                .isEqualTo(500);
        pass(Duration.ofSeconds(1));
        assertThat(client.act(id, "removeVolume", "{'removeMode':'ONLY_ME'}").code())
                .isEqualTo(79);
    }

    @Test
    void the_array_refuses_with_any_code() {
        system.faults().add(Fault.at("listVolume").refusing(164));
        assertThat(list().message()).isEqualTo("The system is busy. Retry later");
        system.faults().add(Fault.at("listVolume").refusing(248));
        assertThat(list().code()).isEqualTo(248);
        system.faults().add(Fault.at("listVolume").refusing(4711));
        assertThat(list().code()).isEqualTo(4711);
    }

    @Test
    void a_slow_answer_is_the_true_one() {
        client.create("one");
        system.faults().add(Fault.at("listVolume").slowBy(Duration.ofMillis(300)));
        long begin = System.nanoTime();
        assertThat(list().json()).hasSize(1);
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThanOrEqualTo(Duration.ofMillis(300));
    }

    @Test
    void a_list_comes_in_another_order() {
        String one = client.create("one");
        String two = client.create("two");
        assertThat(list().json().get(0).get("id").asText()).isEqualTo(one);
        system.faults().add(Fault.at("listVolume").reordering());
        assertThat(list().json().get(0).get("id").asText()).isEqualTo(two);
    }

    @Test
    void what_waits_is_dropped_and_closing_does_not_wait_for_slow_answers() {
        system.faults().add(Fault.anywhere().answering(500));
        system.faults().clear();
        assertThat(list().status()).isEqualTo(200);
        system.faults().add(Fault.at("listVolume").slowBy(Duration.ofHours(1)));
        Thread caller = new Thread(this::list);
        caller.start();
        while (!system.faults().waiting().isEmpty()) {
            Thread.onSpinWait();
        }
        simulator.close();
        assertThat(simulator.directory()).doesNotExist();
    }

    @Test
    void those_who_do_not_speak_java_turn_everything_over_http() {
        String id = client.create("one");
        client.use("");
        assertThat(client.post("/simulator/faults", "{'operation':'version','status':503,'times':1}")
                        .json()
                        .get("faults"))
                .hasSize(1);
        assertThat(client.get("/api/version").status()).isEqualTo(503);
        client.post("/simulator/faults", "{'operation':'login','code':252,'moment':'after'}");
        assertThat(client.login().code()).isEqualTo(252);
        client.post("/simulator/faults", "{'operation':'login'}");
        assertThat(client.send("DELETE", "/simulator/faults", "", "").json().get("faults"))
                .isEmpty();
        client = Client.loggedIn(simulator, system);
        client.act(id, "migrateVTree", "{'destSPId':'" + system.poolId("pool2") + "'}");
        client.post("/simulator/clock/advance", "{'seconds':0.6}");
        assertThat(client.post("/simulator/pools/pool2/rebuild", "")
                        .json()
                        .get("migrations")
                        .get(0)
                        .get("status")
                        .asText())
                .isEqualTo("InternalPausing");
        assertThat(client.post("/simulator/pools/pool2/rebuilt", "").status()).isEqualTo(200);
        assertThat(client.post("/simulator/hosts/host1/disconnect", "").status())
                .isEqualTo(200);
        assertThat(client.get("/api/instances/Sdc::" + sdc("host1")).field("mdmConnectionState"))
                .isEqualTo("Disconnected");
        assertThat(client.post("/simulator/tokens/expire", "").status()).isEqualTo(200);
        assertThat(list().status()).isEqualTo(401);
        assertThat(client.post("/simulator/pools/none/fill", "").status()).isEqualTo(400);
        assertThat(client.post("/simulator/nothing", "").status()).isEqualTo(404);
        assertThat(client.get("/simulator").field("system")).isEqualTo(system.id());
    }
}
