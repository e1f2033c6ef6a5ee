package io.hvkit.scaleio;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.powerflex.simulator.control.Fault;
import io.hvkit.powerflex.simulator.control.GatewayVersion;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeUse;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** Answers that are late, empty, of no use or never come. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class LostAnswersIT {

    private static final CreateVolume DISK = CreateVolume.blank("disk", ByteSize.gibibytes(10));
    private static final HostId HOST = new HostId(Simulated.HOSTS.get(0));

    private Simulated array;
    private StoragePool pool;

    @BeforeEach
    void start() throws InterruptedException {
        array = Simulated.start(GatewayVersion.V4_5);
        pool = array.open();
    }

    @AfterEach
    void stop() {
        pool.close();
        array.close();
    }

    private void fault(Fault fault) {
        array.system().faults().add(fault);
    }

    @Test
    void a_volume_whose_making_got_no_answer_is_made_once() throws InterruptedException {
        fault(Fault.at("createVolume").afterWork().losingTheAnswer());

        Volume made = pool.create(DISK);

        assertThat(pool.list()).containsExactly(made);
        assertThat(pool.create(DISK)).isEqualTo(made);
    }

    @Test
    void a_volume_whose_making_never_gets_an_answer_is_looked_for_by_name() throws InterruptedException {
        fault(Fault.at("createVolume").afterWork().answering(503).times(9));
        assertThat(pool.create(DISK).size()).isEqualTo(ByteSize.gibibytes(16));
        array.system().faults().clear();

        fault(Fault.at("createVolume").answering(503).times(9));
        Refused.as(Failure.UNREACHABLE)
                .unknown()
                .saying("503", () -> pool.create(CreateVolume.blank("other", ByteSize.gibibytes(8))));
        assertThat(pool.findNamed("other")).isEmpty();
    }

    @Test
    void what_somebody_else_made_meanwhile_is_not_taken_for_ones_own() throws InterruptedException {
        StoragePool other = array.open(Map.of("pool", "pool2"));
        Volume theirs = other.create(DISK);

        Refused.as(Failure.EXISTS_DIFFERENTLY).saying(theirs.id().value(), () -> pool.create(DISK));

        assertThat(pool.find(theirs.id())).isEmpty();
        assertThat(pool.findNamed("disk")).isEmpty();
        assertThat(other.list()).containsExactly(theirs);
        other.close();
    }

    @Test
    void what_is_repeated_on_purpose_ends_as_if_nothing_was_lost() throws InterruptedException {
        Volume disk = pool.create(DISK);
        for (String operation : new String[] {"addMappedSdc", "removeMappedSdc", "setVolumeSize", "removeVolume"}) {
            fault(Fault.at(operation).afterWork().losingTheAnswer());
        }
        fault(Fault.at("snapshotVolumes").afterWork().losingTheAnswer());

        pool.attach(disk.id(), VolumeUse.by(HOST).shared());
        assertThat(pool.uses(disk.id())).containsExactly(VolumeUse.by(HOST).shared());
        assertThat(pool.growth()
                        .orElseThrow()
                        .growTo(disk.id(), ByteSize.gibibytes(20))
                        .size())
                .isEqualTo(ByteSize.gibibytes(24));
        pool.detach(disk.id(), HOST);
        pool.delete(disk.id());

        assertThat(array.system().faults().waiting()).isEmpty();
        assertThat(pool.list()).isEmpty();
    }

    @Test
    void a_call_that_is_refused_for_want_of_a_session_is_made_again_once() throws InterruptedException {
        fault(Fault.at("createVolume").answering(403));
        pool.create(DISK);
        fault(Fault.at("createVolume").refusing(248));
        pool.create(CreateVolume.blank("disk2", ByteSize.gibibytes(8)));

        fault(Fault.at("queryIdByKey").answering(403).times(2));
        Refused.as(Failure.BAD_CREDENTIALS).saying("403", () -> pool.findNamed("disk"));
    }

    @Test
    void what_the_array_is_too_busy_for_is_asked_again() throws InterruptedException {
        fault(Fault.at("createVolume").refusing(164).times(2));

        pool.create(DISK);

        assertThat(array.system().calls().of("createVolume")).isEqualTo(3);
    }

    @Test
    void a_call_ends_by_its_deadline() throws InterruptedException {
        StoragePool hasty = array.open(Map.of("timeout", "PT1S"));
        fault(Fault.at("queryIdByKey").slowBy(Duration.ofMinutes(1)));
        long before = System.nanoTime();

        Refused.as(Failure.TIMED_OUT).saying("in time", () -> hasty.findNamed("disk"));

        assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(20));
        hasty.close();
    }

    @Test
    void an_answer_of_nothing_is_not_taken_for_an_empty_pool() throws InterruptedException {
        Volume made = pool.create(DISK);
        fault(Fault.at("StoragePool.Volume").answering(204));

        assertThat(pool.list()).containsExactly(made);
    }

    @Test
    void a_pool_that_is_closed_says_so() {
        pool.close();

        Refused.as(Failure.INVALID_REQUEST).saying("closed", () -> pool.list());
    }
}
