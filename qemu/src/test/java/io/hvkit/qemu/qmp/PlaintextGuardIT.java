package io.hvkit.qemu.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import io.hvkit.qemu.Disks;
import io.hvkit.qemu.Image;
import java.nio.file.Files;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** What is encrypted is not written in clear unless that is said, however it is opened. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class PlaintextGuardIT extends DaemonCase {

    private Secret first;
    private Secret second;

    @BeforeEach
    void makeKeys() {
        first = Secret.random();
        second = Secret.random();
    }

    @AfterEach
    void wipeKeys() {
        first.close();
        second.close();
    }

    @Test
    void what_is_encrypted_is_mirrored_under_another_key_and_never_in_clear() throws Exception {
        Image from = luks("one", first);
        Image to = luks("two", second);
        BlockNode young = daemon.open(from);
        mirror(daemon.openReadOnly(Image.raw(source)), young);
        BlockNode target = daemon.open(to);
        BlockNode plain = daemon.open(Image.raw(empty("plain", SIZE)));

        refused(MirrorRequest.of(young, plain));
        assertThat(hash("plain")).isEqualTo(Disks.hash(empty("zeroes", SIZE), 1 << 24));

        mirror(young, target);
        finish(daemon.jobs().mirror(MirrorRequest.of(target, plain).intoPlaintext()));
        end();
        assertThat(qemuImg.compare(Image.raw(source), to).isIdentical()).isTrue();
        assertThat(qemuImg.compare(from, to).isIdentical()).isTrue();
        assertThat(Files.mismatch(source, directory.resolve("plain"))).isEqualTo(-1);
    }

    @Test
    void an_encrypted_layer_is_not_committed_into_a_plain_base_unless_that_is_said() throws Exception {
        Image base = qcow2("base");
        Image top = Image.qcow2(directory.resolve("top")).unlockedBy(first);
        qemuImg.create(top, SIZE);
        BlockNode alone = daemon.open(top);
        mirror(daemon.openReadOnly(Image.raw(source)), alone);
        daemon.close(alone);
        String before = hash("base");
        BlockNode node = daemon.open(top.over(base));
        BlockNode below = node.backing().orElseThrow();

        refused(CommitRequest.of(node));
        refused(CommitRequest.of(node).into(below));
        refused(CommitRequest.of(node).from(node).into(below));
        assertThat(daemon.jobs().list()).isEmpty();
        assertThat(hash("base")).isEqualTo(before);

        finish(daemon.jobs().commit(CommitRequest.of(node).into(below).intoPlaintext()));
        end();
        assertThat(qemuImg.compare(Image.raw(source), base).isIdentical()).isTrue();
    }

    @Test
    void a_plain_layer_over_an_encrypted_base_is_not_mirrored_in_clear_and_may_be_committed() throws Exception {
        BlockNode over = daemon.open(layer("top", 9, 1).over(luks("locked", first)));
        BlockNode plain = daemon.open(Image.raw(empty("plain", SIZE)));

        refused(MirrorRequest.of(over, plain));
        refused(MirrorRequest.of(over, plain).copying(MirrorRequest.Sync.TOP));

        finish(daemon.jobs().commit(CommitRequest.of(over)));
        end();
        Image locked = Image.luks(directory.resolve("locked")).unlockedBy(first);
        Image top = Image.qcow2(directory.resolve("top"));
        assertThat(qemuImg.compare(top.over(locked), locked).isIdentical()).isTrue();
        assertThat(qemuImg.compare(top, locked).isIdentical())
                .as("noise below is not the zeroes that the layer alone shows")
                .isFalse();
    }

    @Test
    void encryption_is_seen_through_every_node_that_lies_over_it() throws Exception {
        BlockNode locked = daemon.open(luks("locked", first));
        BlockNode window = add("raw", "window", locked);
        daemon.execute(
                QmpCommand.of("object-add").with("qom-type", "throttle-group").with("id", "group"));
        BlockNode slow = BlockNode.named("slow");
        daemon.execute(QmpCommand.of("blockdev-add")
                .with("driver", "throttle")
                .with("node-name", "slow")
                .with("throttle-group", "group")
                .with("file", window.name()));
        BlockNode plain = daemon.open(Image.raw(empty("plain", SIZE)));
        BlockNode plainWindow = add("raw", "plain-window", plain);

        refused(MirrorRequest.of(window, plain));
        refused(MirrorRequest.of(slow, plain));
        refused(MirrorRequest.of(slow, plainWindow));
        assertThat(hash("plain")).isEqualTo(Disks.hash(empty("zeroes", SIZE), 1 << 24));

        daemon.close(slow);
        daemon.close(window);
        mirror(daemon.openReadOnly(Image.raw(source)), locked);
    }

    @Test
    void what_is_written_through_other_nodes_into_an_encrypted_one_is_encrypted() throws Exception {
        BlockNode from = daemon.open(luks("from", first));
        BlockNode window = add("raw", "window", daemon.open(luks("to", second)));
        mirror(daemon.openReadOnly(Image.raw(source)), from);

        mirror(from, window);

        end();
        Image to = Image.luks(directory.resolve("to")).unlockedBy(second);
        assertThat(qemuImg.compare(Image.raw(source), to).isIdentical()).isTrue();
    }

    @Test
    void a_commit_into_a_plain_layer_over_an_encrypted_base_is_refused() throws Exception {
        BlockNode node =
                daemon.open(layer("top", 9, 1).over(layer("middle", 8, 2).over(luks("locked", first))));
        BlockNode middle = node.backing().orElseThrow();
        String before = hash("middle");

        refused(CommitRequest.of(node).into(middle));

        assertThat(hash("middle")).isEqualTo(before);
        finish(daemon.jobs().commit(CommitRequest.of(node)));
    }

    @Test
    void nodes_that_are_not_there_are_left_to_qemu() throws Exception {
        BlockNode locked = daemon.open(luks("locked", first));
        DriverException e = catchThrowableOfType(
                DriverException.class, () -> daemon.jobs().mirror(MirrorRequest.of(locked, BlockNode.named("none"))));
        assertThat(e.failure()).isEqualTo(Failure.NOT_FOUND);
    }

    private BlockNode add(String driver, String name, BlockNode over) throws Exception {
        daemon.execute(QmpCommand.of("blockdev-add")
                .with("driver", driver)
                .with("node-name", name)
                .with("file", over.name()));
        return BlockNode.named(name);
    }

    private void refused(MirrorRequest request) {
        refused(catchThrowableOfType(DriverException.class, () -> daemon.jobs().mirror(request)));
    }

    private void refused(CommitRequest request) {
        refused(catchThrowableOfType(DriverException.class, () -> daemon.jobs().commit(request)));
    }

    private static void refused(DriverException e) {
        assertThat(e).hasMessageContaining("would write in clear").hasMessageContaining("intoPlaintext()");
        assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST);
        assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED);
    }

    private String hash(String name) throws Exception {
        return Disks.hash(directory.resolve(name), 1 << 24);
    }
}
