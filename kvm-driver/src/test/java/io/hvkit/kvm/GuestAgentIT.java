package io.hvkit.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.hypervisor.spi.AgentChannel;
import io.hvkit.hypervisor.spi.AgentState;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskStatistics;
import io.hvkit.hypervisor.spi.FrozenGuest;
import io.hvkit.hypervisor.spi.GuestAddress;
import io.hvkit.hypervisor.spi.GuestAgent;
import io.hvkit.hypervisor.spi.GuestFacts;
import io.hvkit.hypervisor.spi.KernelBoot;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.testkit.Await;
import io.hvkit.testkit.guest.Guest;
import io.hvkit.testkit.guest.GuestConsole;
import io.hvkit.testkit.guest.GuestWork;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Tag("drawn")
class GuestAgentIT extends HostedTest {

    private static final ByteSize SIZE = ByteSize.mebibytes(16);
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private StoragePool pool;
    private GuestAgent agent;

    @BeforeEach
    void prepare() throws InterruptedException {
        pool = host.pool("pool");
        agent = host.hypervisor().guestAgent().orElseThrow();
    }

    @Test
    void nothing_is_written_while_a_guest_is_frozen_and_its_writes_go_on_afterwards() throws Exception {
        Disk disk = host.disk(pool, ImageFormat.QCOW2, SIZE, List.of());
        MachineSpec spec = talking(disk, WRITING.onFileSystem().agent(GuestWork.Agent.REAL));
        MachineId machine = new MachineId(spec.name());
        GuestConsole console = host.startWriting(spec, 16);
        Await.until("the agent", TestHost.PATIENCE, () -> agent.state(machine) == AgentState.READY);

        standsStillWhileFrozen(machine, disk, console);
        saysWhatItIs(machine);
        isThawedWhenItsDiskIsTooSlowToFreezeInTime(machine, console);
        thawsAfterALoss(machine, console);
    }

    private void standsStillWhileFrozen(MachineId machine, Disk disk, GuestConsole console)
            throws InterruptedException {
        long safe;
        try (FrozenGuest frozen = agent.freeze(machine, MINUTE)) {
            assertThat(frozen.fileSystems()).isEqualTo(1);
            assertThat(frozen.fileSystemsLeftOut()).hasValue(0);
            long written = written(machine, disk);
            long time = cpuTime(machine);
            safe = console.acknowledged();
            Await.until("a second of work of the frozen guest's host", TestHost.PATIENCE, () -> {
                assertThat(agent.state(machine)).isEqualTo(AgentState.FROZEN);
                return cpuTime(machine) > time + Duration.ofMillis(100).toNanos();
            });
            assertThat(written(machine, disk)).isEqualTo(written);
            assertThat(console.acknowledged()).isLessThanOrEqualTo(safe + WRITING.batch()); // one was on its way to us
        }
        console.awaitAcknowledged(safe + 4L * WRITING.batch(), TestHost.PATIENCE);
    }

    private void saysWhatItIs(MachineId machine) throws InterruptedException {
        GuestFacts facts = agent.facts(machine);

        assertThat(facts.system().kernel())
                .hasValueSatisfying(release -> assertThat(release).matches("[0-9]+\\.[0-9]+.*"));
        assertThat(facts.addresses()).extracting(GuestAddress::address).allMatch(InetAddress::isLoopbackAddress);
    }

    /** The guest hangs in the freezing, since its disk hardly takes anything. */
    private void isThawedWhenItsDiskIsTooSlowToFreezeInTime(MachineId machine, GuestConsole console)
            throws InterruptedException {
        host.virsh("blkdeviotune", machine.value(), "vda", "--live", "--total-iops-sec", "2");

        refuses(Failure.TIMED_OUT, () -> agent.freeze(machine, Duration.ofSeconds(1)))
                .hasMessageContaining("was not frozen in time")
                .hasMessageContaining("nothing is frozen now");

        host.virsh("blkdeviotune", machine.value(), "vda", "--live", "--total-iops-sec", "0");
        assertThat(agent.state(machine)).isEqualTo(AgentState.READY);
        console.awaitAcknowledged(console.acknowledged() + 4L * WRITING.batch(), TestHost.PATIENCE);
    }

    /** The daemon dies while the guest is frozen; closing thaws it nevertheless, and so does the end of its time. */
    private void thawsAfterALoss(MachineId machine, GuestConsole console) throws InterruptedException {
        FrozenGuest frozen = agent.freeze(machine, MINUTE);
        HOST.host().killDaemon();
        HOST.host().startDaemon();
        frozen.close();
        console.awaitAcknowledged(console.acknowledged() + 4L * WRITING.batch(), TestHost.PATIENCE);

        FrozenGuest forgotten = agent.freeze(machine, Duration.ofSeconds(1));
        HOST.host().killDaemon();
        HOST.host().startDaemon();
        console.awaitAcknowledged(console.acknowledged() + 4L * WRITING.batch(), TestHost.PATIENCE);
        assertThat(agent.state(machine)).isEqualTo(AgentState.READY);
        assertThat(forgotten.fileSystems()).isEqualTo(1);
    }

    @Test
    void guests_that_answer_nonsense_or_without_end_or_never_are_survived() throws InterruptedException {
        List<MachineSpec> hostile = new ArrayList<>();
        for (GuestWork.Agent kind : List.of(GuestWork.Agent.SILENT, GuestWork.Agent.GARBAGE, GuestWork.Agent.FLOOD)) {
            Disk disk = host.disk(pool, ImageFormat.RAW, SIZE, List.of());
            MachineSpec spec = talking(disk, GuestWork.idle().agent(kind));
            host.start(spec);
            hostile.add(spec);
        }
        for (MachineSpec spec : hostile) {
            MachineId machine = new MachineId(spec.name());
            GuestConsole.at(host.console(spec.name())).awaitReady(TestHost.PATIENCE);

            assertThat(agent.state(machine)).isEqualTo(AgentState.SILENT);
            refuses(Failure.UNREACHABLE, () -> agent.freeze(machine, MINUTE));
            refuses(Failure.UNREACHABLE, () -> agent.facts(machine));
        }
        MachineId scripted = startScripted(ScriptedAgent.ANSWERS_NO_JSON);
        GuestConsole.at(host.console(scripted.value())).awaitReady(TestHost.PATIENCE);
        assertThat(agent.state(scripted)).isEqualTo(AgentState.SILENT);
        refuses(Failure.UNREACHABLE, () -> agent.freeze(scripted, MINUTE));
        assertThat(host.hypervisor().list()).hasSize(4);
    }

    @Test
    void a_guest_that_freezes_less_than_it_has_says_so_and_one_that_fails_half_way_is_thawed()
            throws InterruptedException {
        MachineId fewer = startScripted(ScriptedAgent.FREEZES_FEWER);
        MachineId failing = startScripted(ScriptedAgent.FAILS_HALF_WAY);

        Await.until("the agent", TestHost.PATIENCE, () -> agent.state(fewer) == AgentState.READY);
        try (FrozenGuest frozen = agent.freeze(fewer, MINUTE)) {
            assertThat(frozen.fileSystems()).isEqualTo(1);
            assertThat(frozen.fileSystemsLeftOut()).hasValue(1);
            assertThat(agent.state(fewer)).isEqualTo(AgentState.FROZEN);
        }
        assertThat(agent.state(fewer)).isEqualTo(AgentState.READY);

        Await.until("the agent", TestHost.PATIENCE, () -> agent.state(failing) == AgentState.READY);
        refuses(Failure.HOST_NOT_READY, () -> agent.freeze(failing, MINUTE))
                .hasMessageContaining("failed to freeze /data")
                .hasMessageContaining("nothing is frozen now");
        assertThat(agent.state(failing)).isEqualTo(AgentState.READY);
    }

    private MachineId startScripted(ScriptedAgent scripted) throws InterruptedException {
        Guest guest = GUEST.guest();
        GuestWork work = GuestWork.idle().agent(GuestWork.Agent.REAL);
        MachineSpec spec = host.spec(host.disk(pool, ImageFormat.RAW, SIZE, List.of()), work)
                .agentChannel(AgentChannel.PRESENT)
                .booting(KernelBoot.of(guest.kernel())
                        .initrd(scripted.in(guest.initrd(), folder))
                        .commandLine(guest.commandLine(work)));
        return host.start(spec);
    }

    private MachineSpec talking(Disk disk, GuestWork work) {
        Guest guest = GUEST.guest();
        return host.spec(disk, work)
                .agentChannel(AgentChannel.PRESENT)
                .booting(KernelBoot.of(guest.kernel())
                        .initrd(guest.agentInitrd())
                        .commandLine(guest.commandLine(work)));
    }

    private long written(MachineId machine, Disk disk) throws InterruptedException {
        return host.hypervisor()
                .statistics()
                .orElseThrow()
                .of(machine)
                .flatMap(measured -> measured.disk(disk.volume()))
                .flatMap(DiskStatistics::written)
                .map(traffic -> traffic.bytes().bytes())
                .orElseThrow();
    }

    private long cpuTime(MachineId machine) throws InterruptedException {
        return host.hypervisor()
                .statistics()
                .orElseThrow()
                .of(machine)
                .flatMap(measured -> measured.cpuTime())
                .map(Duration::toNanos)
                .orElseThrow();
    }
}
