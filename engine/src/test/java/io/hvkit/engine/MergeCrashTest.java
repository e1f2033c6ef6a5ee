package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.operation.Fuse;
import io.hvkit.engine.job.RecoveryReport;
import io.hvkit.engine.machine.DiskChain;
import io.hvkit.engine.machine.DiskChain.Standing;
import io.hvkit.engine.machine.MachineSnapshotRequest;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.MergeSight.Newest;
import io.hvkit.hypervisor.spi.StopMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A process dies at each moment while overlays are merged, kept through a stop, or started with; no disk is ever what it was before. */
@Tag("campaign")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class MergeCrashTest {

    private static final int SLICE = 13;
    private static final int LAST = 6;

    @TempDir
    private Path directory;

    /** What is begun when the process dies. */
    enum Work {
        SNAPSHOT,
        MERGE,
        STOP,
        START
    }

    private OverlaidMachine stage(Work work, String name) throws InterruptedException, IOException {
        OverlaidMachine web = new OverlaidMachine(Files.createDirectory(directory.resolve(name)));
        if (work == Work.SNAPSHOT) {
            return web;
        }
        web.layOver("over");
        if (work == Work.MERGE) {
            web.layOver("higher");
        }
        if (work == Work.START) {
            try (HvKit hvkit = web.world.calm()) {
                hvkit.machines().stop(web.machine.id(), StopMode.POWER_OFF).await();
            }
        }
        return web;
    }

    /** Returns whether it came to its end. */
    private static boolean run(OverlaidMachine web, Work work, Fuse fuse) throws InterruptedException {
        HvKit hvkit = web.world.process(fuse);
        try {
            switch (work) {
                case SNAPSHOT -> hvkit.machines().snapshot(snapshot(web)).await();
                case MERGE -> hvkit.machines().merge(web.machine.id()).await().orThrow();
                case STOP ->
                    hvkit.machines().stop(web.machine.id(), StopMode.POWER_OFF).await();
                case START -> hvkit.machines().start(web.machine.id()).await();
            }
            return true;
        } catch (Fuse.Crash | RuntimeException e) {
            return false; // dead, or refused: what is left is looked at afterwards
        } finally {
            close(hvkit);
            web.world.waitForLeases();
        }
    }

    private static MachineSnapshotRequest snapshot(OverlaidMachine web) {
        return MachineSnapshotRequest.of(web.machine.id(), "before", web.folder);
    }

    private static void close(HvKit hvkit) {
        try {
            hvkit.close();
        } catch (Fuse.Crash e) {
            // the dead close nothing
        }
    }

    @ParameterizedTest
    @EnumSource
    void whenever_the_process_dies_the_recorded_chain_is_the_real_one_and_the_rest_is_merged(Work work)
            throws Exception {
        Fuse whole = Fuse.counting();
        OverlaidMachine calm = stage(work, "calm");
        assertThat(run(calm, work, whole)).isTrue();
        calm.world.checkThatAllAgree(work + " and nothing happened");

        for (int moment : Moments.each(Moments.apart(SLICE), whole.moments())) {
            String when = work + " died at moment " + moment + " of " + whole.moments() + ", " + Moments.seed();
            OverlaidMachine web = stage(work, "m" + moment);
            boolean isLeft = run(web, work, Fuse.burningAt(moment)) || web.world.isAnyOpen();

            assertThat(web.world.recover().with(RecoveryReport.Verdict.HALTED))
                    .as(when)
                    .isEmpty();

            checkIf(isLeft, web, when);
            try (HvKit hvkit = web.world.calm()) {
                hvkit.machines().start(web.machine.id()).await();
                if (work == Work.STOP || work == Work.START) {
                    assertThat(web.names()).as(when).containsExactly("over-root", "over-data");
                }
                checkIf(isLeft, web, when + ", started");
                hvkit.machines().merge(web.machine.id()).await().orThrow();
            }
            assertThat(web.names()).as(when).isEqualTo(web.volumes());
            web.world.checkThatAllAgree(when + ", merged");
        }
    }

    /** What was laid past the engine nobody has seen, if who died had not even written down what it was about to do. */
    private static void checkIf(boolean isLeft, OverlaidMachine web, String when) throws InterruptedException {
        if (isLeft) {
            web.world.checkThatAllAgree(when);
        }
    }

    @Test
    void a_machine_that_ends_when_the_process_has_died_starts_with_what_it_had_last_or_not_at_all() throws Exception {
        Fuse whole = Fuse.counting();
        assertThat(run(stage(Work.MERGE, "calm"), Work.MERGE, whole)).isTrue();
        Set<String> ends = new TreeSet<>();
        for (int moment : Moments.each(Moments.apart(SLICE), whole.moments())) {
            String when = "died at moment " + moment + " of " + whole.moments() + ", " + Moments.seed();
            OverlaidMachine web = stage(Work.MERGE, "m" + moment);
            try (HvKit hvkit = web.world.calm()) {
                assertThat(hvkit.machines().chains(web.machine.id())).hasSize(2);
            }
            known(web);
            boolean unused = run(web, Work.MERGE, Fuse.burningAt(moment));
            List<String> last = web.names();
            web.end();

            assertThat(web.world.recover().with(RecoveryReport.Verdict.HALTED))
                    .as(when)
                    .isEmpty();
            try (HvKit hvkit = web.world.calm()) {
                hvkit.machines().stop(web.machine.id(), StopMode.POWER_OFF).await();
                ends.add(settled(hvkit, web, last, when) ? "settled" : "known");
                hvkit.machines().start(web.machine.id()).await();
            }
            assertThat(web.names()).as(when).isEqualTo(last);
            web.world.checkThatAllAgree(when);
        }
        assertThat(ends).contains("known");
    }

    @Test
    void what_a_machine_wrote_to_overlays_that_it_was_just_given_is_not_lost_when_it_ends() throws Exception {
        Fuse whole = Fuse.counting();
        assertThat(run(stage(Work.SNAPSHOT, "calm"), Work.SNAPSHOT, whole)).isTrue();
        Set<Boolean> ends = new TreeSet<>();
        Set<Integer> moments = new TreeSet<>(Moments.each(Moments.apart(SLICE), whole.moments()));
        moments.add(1);
        for (int last = 0; last < LAST; last++) {
            moments.add(whole.moments() - last); // it has the overlays, and nobody has seen that
        }
        for (int moment : moments) {
            String when = "died at moment " + moment + " of " + whole.moments() + ", " + Moments.seed();
            OverlaidMachine web = stage(Work.SNAPSHOT, "n" + moment);
            boolean unused = run(web, Work.SNAPSHOT, Fuse.burningAt(moment));
            List<String> last = web.names();
            web.end();

            assertThat(web.world.recover().with(RecoveryReport.Verdict.HALTED))
                    .as(when)
                    .isEmpty();
            try (HvKit hvkit = web.world.calm()) {
                hvkit.machines().stop(web.machine.id(), StopMode.POWER_OFF).await();
                hvkit.machines().start(web.machine.id()).await();
            }
            boolean hadOverlays = !last.equals(web.volumes());
            ends.add(hadOverlays);
            if (hadOverlays) {
                assertThat(web.names()).as(when).isEqualTo(last);
            }
            web.world.checkThatAllAgree(when);
        }
        assertThat(ends).containsExactly(false, true);
    }

    /** Has the engine know the overlays: it starts the machine with them. */
    private static void known(OverlaidMachine web) throws InterruptedException {
        try (HvKit hvkit = web.world.calm()) {
            hvkit.machines().stop(web.machine.id(), StopMode.POWER_OFF).await();
            MachineRecord started = hvkit.machines().start(web.machine.id()).await();
            assertThat(started.state()).isEqualTo(MachineRecord.State.RUNNING);
        }
    }

    /** Says what the machine had last wherever that is in doubt, and returns whether it was. */
    private static boolean settled(HvKit hvkit, OverlaidMachine web, List<String> last, String when)
            throws InterruptedException {
        boolean inDoubt = false;
        for (DiskChain chain : hvkit.machines().chains(web.machine.id())) {
            if (chain.standing() == Standing.IN_DOUBT) {
                inDoubt = true;
                DriverException refused = catchThrowableOfType(
                        DriverException.class,
                        () -> hvkit.machines().start(web.machine.id()).await());
                assertThat(refused).as(when).hasMessageContaining("settle");
                assertThat(refused.failure()).as(when).isEqualTo(Failure.HOST_NOT_READY);
                List<VolumeId> overlays = new ArrayList<>(
                        chain.overlays().stream().map(MachineDisk::volume).toList());
                boolean hadIt = last.contains(overlays.get(overlays.size() - 1).value());
                MachineRecord unused = hvkit.machines()
                        .settle(web.machine.id(), chain.volume(), hadIt ? Newest.OVERLAY : Newest.LAYER)
                        .await();
            }
        }
        return inDoubt;
    }
}
