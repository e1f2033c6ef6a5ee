package io.hvkit.testkit.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class GuestWorkTest {

    @Test
    void every_setting_reaches_the_command_line() {
        GuestWork work = GuestWork.writing()
                .onDevice("sda")
                .withBlockSize(512)
                .withinBlocks(1000)
                .inBatchesOf(8)
                .striding(7)
                .endingAfter(64)
                .thenPoweringOff();

        assertThat(work.parameters())
                .isEqualTo("hv.mode=write hv.dev=sda hv.bs=512 hv.blocks=1000 hv.batch=8 hv.stride=7 hv.max=64"
                        + " hv.poweroff=1");
        assertThat(work.onFileSystem().agent(GuestWork.Agent.SILENT).parameters())
                .endsWith(" hv.poweroff=1 hv.fs=1 hv.agent=silent");
        assertThat(work.dirtyingMemory(8).agent(GuestWork.Agent.SILENT).parameters())
                .endsWith(" hv.poweroff=1 hv.agent=silent hv.churn=8");
        assertThat(GuestWork.idle().parameters()).startsWith("hv.mode=idle ").doesNotContain("poweroff");
    }

    @Test
    void equal_settings_are_equal_work() {
        assertThat(GuestWork.writing().inBatchesOf(4))
                .isEqualTo(GuestWork.writing().inBatchesOf(4))
                .hasSameHashCodeAs(GuestWork.writing().inBatchesOf(4))
                .isNotEqualTo(GuestWork.writing());
    }

    @Test
    void nonsense_is_refused() {
        GuestWork work = GuestWork.writing();

        assertThatThrownBy(() -> work.inBatchesOf(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> work.dirtyingMemory(33)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> work.striding(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> work.endingAfter(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> work.withBlockSize(1000)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> work.onDevice("vda init=/bin/sh")).isInstanceOf(IllegalArgumentException.class);
    }
}
