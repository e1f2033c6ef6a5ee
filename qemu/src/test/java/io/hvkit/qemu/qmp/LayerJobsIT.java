package io.hvkit.qemu.qmp;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.qemu.ConvertRequest;
import io.hvkit.qemu.Image;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** Jobs that copy some layers of a chain and leave others. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class LayerJobsIT extends DaemonCase {

    @Test
    void a_layer_is_committed_into_what_it_lies_over() throws Exception {
        Image base = qcow2("base");
        Image layered = layer("top", 9, 1).over(base);
        assertThat(qemuImg.compare(layered, base).isIdentical()).isFalse();

        BlockNode node = daemon.open(layered);
        BlockJob commit = daemon.jobs()
                .commit(CommitRequest.of(node)
                        .into(node.backing().orElseThrow())
                        .named("merge"));
        assertThat(commit.awaitReady(LIMIT).type()).isEqualTo("commit");
        commit.complete();
        commit.await(LIMIT).orThrow();
        end();
        assertThat(qemuImg.compare(layered, base).isIdentical()).isTrue();
    }

    @Test
    void a_lower_layer_is_committed_by_itself_and_those_above_stay() throws Exception {
        Image base = layer("base", 7, 0);
        Image middle = layer("middle", 8, 1).over(base);
        Image top = layer("top", 9, 2);
        Image whole = Image.raw(directory.resolve("whole"));
        qemuImg.convert(ConvertRequest.of(top.over(middle), whole));
        BlockNode node = daemon.open(top.over(middle));
        BlockNode from = node.backing().orElseThrow();

        BlockJob commit = daemon.jobs()
                .commit(CommitRequest.of(node).from(from).into(from.backing().orElseThrow()));
        commit.await(LIMIT).orThrow(); // without complete()

        end();
        assertThat(qemuImg.compare(middle, base).isIdentical()).isTrue();
        assertThat(qemuImg.info(top).backingFile()).contains(path("base"));
        assertThat(qemuImg.compare(top.over(base), whole).isIdentical()).isTrue();
        assertThat(qemuImg.compare(top.over(base), base).isIdentical()).isFalse();
    }

    @Test
    void the_topmost_layer_alone_is_mirrored_onto_another_over_the_same_base() throws Exception {
        Image base = layer("base", 7, 0);
        Image top = layer("top", 9, 2).over(base);
        Image copy = qcow2("copy");
        BlockNode target = daemon.open(copy.over(base));

        finish(daemon.jobs()
                .mirror(MirrorRequest.of(daemon.openReadOnly(top), target).copying(MirrorRequest.Sync.TOP)));

        end();
        assertThat(qemuImg.compare(top, copy.over(base)).isIdentical()).isTrue();
        assertThat(qemuImg.usedSize(copy)).isLessThan(ByteSize.mebibytes(2));
        assertThat(qemuImg.compare(copy, Image.qcow2(directory.resolve("top"))).isIdentical())
                .as("without a base it shows what the layer alone shows")
                .isTrue();
    }
}
