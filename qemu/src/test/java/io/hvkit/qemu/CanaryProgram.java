package io.hvkit.qemu;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.ProgressListener;
import io.hvkit.core.Secret;
import io.hvkit.qemu.qmp.BlockNode;
import io.hvkit.qemu.qmp.MirrorRequest;
import io.hvkit.qemu.qmp.StorageDaemon;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.LoggerFactory;

/**
 * Does all that is done with keys, rightly and wrongly, with two that everybody would know again, and prints every failure whole.
 * Its argument: a folder.
 */
final class CanaryProgram {

    static final List<String> CANARIES = List.of("canary-tweets-at-dawn-", "canary-sings-in-the-dark-");

    /** What is printed before each failure. */
    static final String FAILED = "failed as it was to: ";

    /** What is logged at first, as finely as can be. */
    static final String LISTENED_TO = "this log is listened to";

    private static final ByteSize SIZE = ByteSize.mebibytes(1);

    private final Path folder;
    private final Secret one;
    private final Secret two;
    private final Secret wrong;
    private final QemuImg qemuImg;
    private final CryptSetup cryptSetup;

    private CanaryProgram(Path folder, Secret one, Secret two, Secret wrong) throws InterruptedException {
        this.folder = folder;
        this.one = one;
        this.two = two;
        this.wrong = wrong;
        this.qemuImg = QemuImg.probe(CommandRunner.local());
        this.cryptSetup = CryptSetup.probe(CommandRunner.local());
    }

    public static void main(String[] arguments) throws Exception {
        LoggerFactory.getLogger(CanaryProgram.class).trace(LISTENED_TO);
        try (Secret one = Disks.fastKey(CANARIES.get(0));
                Secret two = Disks.fastKey(CANARIES.get(1));
                Secret wrong = Disks.fastKey(CANARIES.get(1) + "no-more-")) {
            CanaryProgram program = new CanaryProgram(Path.of(arguments[0]), one, two, wrong);
            program.keysOfCryptSetup();
            Image base = program.createWithKeySlots();
            program.layers(base);
            program.daemon(base);
        }
    }

    private void keysOfCryptSetup() throws Exception {
        Path device = Disks.luks(folder.resolve("device"), SIZE, one).requirePath();
        cryptSetup.addKey(device, one, two);
        cryptSetup.removeKey(device, one, two);
        cryptSetup.changeKey(device, two, one);
        cryptSetup.keySlots(device, one);
        fails(() -> cryptSetup.addKey(device, two, wrong));
        fails(() -> cryptSetup.changeKey(device, two, wrong));
        fails(() -> cryptSetup.removeKey(device, one, two));
    }

    private Image createWithKeySlots() throws Exception {
        Image image = Image.qcow2(folder.resolve("base")).unlockedBy(one);
        qemuImg.create(CreateRequest.of(image, SIZE).laidOutAs(Qcow2Layout.standard()));
        qemuImg.keySlots(image).add(two);
        qemuImg.keySlots(image.unlockedBy(two)).remove(one);
        qemuImg.keySlots(image.unlockedBy(two)).add(one);
        try (Secret passphrase = Disks.key(CANARIES.get(0) + "slowly")) { // its derivation is qemu-img's to make
            qemuImg.keySlots(image).add(passphrase);
            qemuImg.keySlots(image).remove(passphrase);
        }
        fails(() -> qemuImg.keySlots(image.unlockedBy(wrong)).add(two));
        fails(() -> qemuImg.create(CreateRequest.of(image, SIZE)));
        return image;
    }

    private void layers(Image base) throws Exception {
        Path upper = folder.resolve("upper");
        Files.copy(base.requirePath(), upper);
        Image alone = Image.qcow2(upper).unlockedBy(two);
        qemuImg.layers().changeBackingFile(RebaseRequest.onto(alone, base).named(BackingName.RELATIVE));
        Image chain = alone.over(base);
        Image locked = Disks.luks(folder.resolve("locked"), SIZE, two);
        qemuImg.convert(ConvertRequest.of(chain, locked).onto(TargetState.EXISTS));
        Image changes = Image.qcow2(folder.resolve("changes")).unlockedBy(two);
        qemuImg.create(CreateRequest.of(changes, SIZE));
        qemuImg.layers().writeDifference(locked, changes.over(base), ProgressListener.NONE);
        qemuImg.layers().commit(CommitRequest.of(chain), ProgressListener.NONE);
        qemuImg.layers().rebase(RebaseRequest.flatten(chain), ProgressListener.NONE);
        Image chained = alone.over(Image.luks(folder.resolve("locked")).unlockedBy(one));
        Image device = Image.luks(folder.resolve("device")).unlockedBy(one);
        fails(() -> qemuImg.convert(ConvertRequest.of(chained, device).onto(TargetState.EXISTS)));
        fails(() -> qemuImg.layers().rebase(RebaseRequest.flatten(chained), ProgressListener.NONE));
        fails(() -> qemuImg.convert(ConvertRequest.of(base, Image.raw(folder.resolve("clear")))));
    }

    private void daemon(Image base) throws Exception {
        Image plain = Image.raw(Disks.random(folder.resolve("plain"), SIZE, 5));
        try (StorageDaemon daemon = StorageDaemon.start(CommandRunner.local())) {
            BlockNode node = daemon.open(Image.luks(folder.resolve("locked")).unlockedBy(two));
            BlockNode target = daemon.open(plain);
            daemon.openReadOnly(base.unlockedBy(two));
            fails(() -> daemon.openReadOnly(Image.luks(folder.resolve("device")).unlockedBy(two)));
            fails(() -> daemon.jobs().mirror(MirrorRequest.of(node, target)));
        }
    }

    private static void fails(Attempt attempt) throws InterruptedException {
        try {
            attempt.make();
        } catch (DriverException e) {
            System.out.print(FAILED);
            e.printStackTrace(System.out);
            return;
        }
        throw new AssertionError("it went well");
    }

    /** Something that is to fail. */
    private interface Attempt {
        void make() throws InterruptedException;
    }
}
