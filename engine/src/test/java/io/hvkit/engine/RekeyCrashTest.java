package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.engine.internal.operation.Fuse;
import io.hvkit.engine.job.RecoveryReport;
import io.hvkit.engine.key.MasterKeyFile;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process dies at each moment at which it gives a volume another key; so does the one that recovers; and the volume is never lost. */
@Tag("campaign")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class RekeyCrashTest {

    @TempDir
    private Path directory;

    private Path keys;

    @BeforeEach
    void make() {
        keys = directory.resolve("kek");
        MasterKeyFile.create(keys);
    }

    @Test
    void whenever_processes_die_a_recorded_key_opens_the_volume_and_in_the_end_one_does() throws Exception {
        int moments = moments();
        for (int moment : Moments.each(Moments.apart(4), moments)) {
            int apart = Moments.apart(moments);
            for (int second = 1 + Moments.draw(moment, apart); second <= moments; second += apart) {
                check(moment, second, "died at moment " + moment + " and at " + second + ", " + Moments.seed());
            }
        }
        assertThat(moments).isGreaterThan(60);
    }

    private int moments() throws InterruptedException {
        RekeyWorld calm = new RekeyWorld(keys);
        Fuse whole = Fuse.counting();
        calm.rekey(whole);
        calm.checkThatAllAgree("nothing happened");
        assertThat(calm.now(calm.volume).key()).isNotEqualTo(calm.volume.key());
        return whole.moments();
    }

    private void check(int moment, int second, String when) throws InterruptedException {
        RekeyWorld world = new RekeyWorld(keys);
        world.rekey(Fuse.burningAt(moment));
        world.checkThatARecordedKeyOpensIt(when);
        world.recover(Fuse.burningAt(second));
        world.checkThatARecordedKeyOpensIt(when);

        Optional<RecoveryReport> report = world.recover(Fuse.counting());

        assertThat(report.orElseThrow().with(RecoveryReport.Verdict.HALTED))
                .as(when)
                .isEmpty();
        world.checkThatAllAgree(when);
        assertThat(world.recover(Fuse.counting()).orElseThrow().findings())
                .as(when)
                .isEmpty();
    }
}
