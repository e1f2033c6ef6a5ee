package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.spi.OfferingRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ImageFormat;
import io.hvkit.engine.internal.operation.Fuse;
import io.hvkit.engine.job.RecoveryReport;
import io.hvkit.engine.offering.DiskOffering;
import io.hvkit.engine.volume.MoveRequest;
import io.hvkit.engine.volume.VolumeRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A process dies at each moment at which it brings a volume to another pool or encrypts it anew in its own, and then the one that recovers
 * does, too; the third one finds or makes all agree: the record, both pools, the keys, the machine and what is written on its disk.
 */
@Tag("campaign")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class MoveCrashTest {

    private static final long CONTENT = 0x5ca1ab1e_0ddba11L;
    private static final int SLICE = Moments.ARE_ALL_TRIED ? 13 : 41;
    private static final int LATEST = Moments.ARE_ALL_TRIED ? Integer.MAX_VALUE : 41;

    @TempDir
    private Path directory;

    private int worlds;

    /** What moves or is encrypted anew, and what comes in between. */
    enum Work {
        ENCRYPTED(CopyingHosts.Course.STEADY),
        PLAIN(CopyingHosts.Course.STEADY),
        PLAIN_INTO_ENCRYPTED(CopyingHosts.Course.STEADY),
        ENCRYPTED_WHOSE_COPY_IS_CANCELLED_BY_OTHERS(CopyingHosts.Course.CANCELLED_BY_OTHERS),
        ENCRYPTED_WHOSE_SWITCH_IS_DONE_AND_NOT_ANSWERED(CopyingHosts.Course.SWITCH_UNHEARD),
        ENCRYPTED_WHOSE_SWITCH_IS_LOST(CopyingHosts.Course.SWITCH_LOST),
        RESTING(CopyingHosts.Course.STEADY),
        ATTACHED_AND_RESTING(CopyingHosts.Course.STEADY),
        RESTING_WHOSE_COPY_IS_NOT_WHAT_IT_SHOULD_BE(CopyingHosts.Course.CANCELLED_BY_OTHERS),
        ANEW(CopyingHosts.Course.STEADY),
        PLAIN_ENCRYPTED_ANEW(CopyingHosts.Course.STEADY),
        ANEW_WHOSE_COPY_IS_CANCELLED_BY_OTHERS(CopyingHosts.Course.CANCELLED_BY_OTHERS),
        ANEW_WHOSE_SWITCH_IS_DONE_AND_NOT_ANSWERED(CopyingHosts.Course.SWITCH_UNHEARD),
        ANEW_WHOSE_SWITCH_IS_LOST(CopyingHosts.Course.SWITCH_LOST),
        PLAIN_ENCRYPTED_ANEW_BY_AN_OFFERING(CopyingHosts.Course.STEADY),
        RESTING_ANEW(CopyingHosts.Course.STEADY),
        ATTACHED_AND_RESTING_ANEW(CopyingHosts.Course.STEADY),
        ENCRYPTED_ONTO_BLOCKS(CopyingHosts.Course.STEADY),
        RESTING_ONTO_BLOCKS(CopyingHosts.Course.STEADY);

        private static final Set<Work> USUAL = EnumSet.of(ENCRYPTED, RESTING);

        private final CopyingHosts.Course course;

        Work(CopyingHosts.Course course) {
            this.course = course;
        }

        VolumeRequest volume(MoveWorld world) {
            VolumeRequest plain =
                    VolumeRequest.blank("data", MoveWorld.SIZE, world.from.id()).ownedBy(Counted.OWNER);
            return name().startsWith("PLAIN") ? plain : plain.encrypted();
        }

        boolean isAnew() {
            return name().contains("ANEW");
        }

        boolean isOntoBlocks() {
            return name().endsWith("BLOCKS");
        }

        PoolRecord target(MoveWorld world) {
            return isOntoBlocks() ? world.blocks : world.to;
        }

        boolean isResting() {
            return name().contains("RESTING");
        }

        boolean isAttached() {
            return name().startsWith("ATTACHED");
        }

        void begin(HvKit hvkit, VolumeRecord volume, MoveWorld world) throws InterruptedException {
            if (this == PLAIN_ENCRYPTED_ANEW_BY_AN_OFFERING) {
                OfferingRecord gold =
                        hvkit.offerings().add(DiskOffering.named("gold").encrypted());
                hvkit.volumes().changeOffering(volume.id(), gold.id()).await();
                return;
            }
            if (isAnew()) {
                hvkit.volumes().encrypt(volume.id()).await();
                return;
            }
            MoveRequest move = MoveRequest.of(volume.id(), target(world).id()).copied();
            if (isOntoBlocks()) {
                move = move.as(ImageFormat.LUKS);
            }
            hvkit.volumes()
                    .move(
                            this == PLAIN_INTO_ENCRYPTED
                                    ? move.as(ImageFormat.QCOW2).encrypted()
                                    : move)
                    .await();
        }

        /** Returns where a volume is that was in the first copy of the first pool. */
        String end(VolumeRecord now, MoveWorld world) {
            boolean isThere = isAnew()
                    ? now.place().pool().equals(world.from.id()) && now.place().copy() == 1
                    : now.place().pool().equals(target(world).id())
                            && now.place().copy() == 0;
            return isThere ? "finished" : "taken back";
        }
    }

    private record Scene(MoveWorld world, VolumeRecord volume) {}

    private Scene scene(Work work) throws Exception {
        worlds++;
        MoveWorld world = new MoveWorld(Files.createDirectory(directory.resolve("world-" + worlds)));
        VolumeRecord volume = work.isResting()
                ? world.resting(work.volume(world), CONTENT)
                : world.running(work.volume(world), CONTENT);
        world.hosts.take(work.course);
        if (work.isAttached()) {
            try (HvKit hvkit = world.process(Fuse.counting())) {
                hvkit.volumes()
                        .attach(volume.id(), world.host.id(), MoveWorld.WEB)
                        .await();
            }
        }
        if (work == Work.RESTING_WHOSE_COPY_IS_NOT_WHAT_IT_SHOULD_BE) {
            world.storage.rotFromNowOn();
        }
        return new Scene(world, volume);
    }

    private static void begin(Work work, Scene scene, Fuse fuse) throws InterruptedException {
        alive(scene.world.process(fuse), hvkit -> work.begin(hvkit, scene.volume, scene.world));
        scene.world.waitForLeases();
    }

    private static void recover(Scene scene, Fuse fuse) throws InterruptedException {
        alive(scene.world.process(fuse), HvKit::recover);
        scene.world.waitForLeases();
    }

    private interface Life {
        void of(HvKit hvkit) throws InterruptedException;
    }

    private static void alive(HvKit hvkit, Life life) throws InterruptedException {
        try {
            life.of(hvkit);
        } catch (Fuse.Crash | RuntimeException e) {
            // dead, or refused: what is left is looked at afterwards
        } finally {
            try {
                hvkit.close();
            } catch (Fuse.Crash e) {
                // the dead close nothing
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void whenever_a_process_dies_and_the_next_one_too_recovery_makes_all_agree(Work work) throws Exception {
        Fuse whole = Fuse.counting();
        Scene calm = scene(work);
        begin(work, calm, whole);
        calm.world.checkThatAllAgree(calm.volume, CONTENT, "nothing happened");
        boolean isMoved =
                work.course == CopyingHosts.Course.STEADY || work.course == CopyingHosts.Course.SWITCH_UNHEARD;
        assertThat(work.end(calm.world.record(calm.volume), calm.world)).isEqualTo(isMoved ? "finished" : "taken back");

        Set<String> ends = new TreeSet<>();
        int apart = Moments.apart(Work.USUAL.contains(work) ? 7 : 17);
        Set<Integer> moments = new TreeSet<>(Moments.each(apart, whole.moments()));
        moments.addAll(List.of(1, whole.moments()));
        for (int moment : moments) {
            died(work, moment, Integer.MAX_VALUE, ends);
            boolean isDead = true;
            for (int second = 1 + moment % SLICE; isDead && second <= LATEST; second += SLICE) {
                isDead = died(work, moment, second, ends);
            }
        }
        assertThat(whole.moments()).isGreaterThan(50);
        assertThat(ends)
                .as("some were finished, others taken back")
                .containsExactlyElementsOf(isMoved ? List.of("finished", "taken back") : List.of("taken back"));
    }

    /** Returns whether the one that recovered died, too. */
    private boolean died(Work work, int first, int second, Set<String> ends) throws Exception {
        String when = work + " died at moment " + first + ", the one that recovers at moment " + second + ", "
                + Moments.seed();
        Scene scene = scene(work);
        begin(work, scene, Fuse.burningAt(first));
        Fuse next = Fuse.burningAt(second);
        recover(scene, next);

        RecoveryReport report = scene.world.recover();

        assertThat(report.with(RecoveryReport.Verdict.HALTED)).as(when).isEmpty();
        scene.world.checkThatAllAgree(scene.volume, CONTENT, when);
        Counted.check(scene.world.catalog, when);
        assertThat(scene.world.recover().findings()).as(when).isEmpty();
        ends.add(work.end(scene.world.record(scene.volume), scene.world));
        return next.moments() >= second;
    }
}
