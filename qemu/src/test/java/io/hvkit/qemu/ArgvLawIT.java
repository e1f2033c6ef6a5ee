package io.hvkit.qemu;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.ProgressListener;
import io.hvkit.core.Secret;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every public operation is run for real, and each command that it runs keeps the {@link ArgvLaw}. Whoever adds an operation adds
 * a line to the table.
 */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ArgvLawIT {

    private static final ByteSize SIZE = ByteSize.mebibytes(1);
    private static final ByteSize LARGER = ByteSize.mebibytes(3);
    private static final String ONE = "canary-tweets-at-dawn-";
    private static final String TWO = "canary-sings-in-the-dark-";

    /** They run no command. */
    private static final Set<String> SILENT = Set.of(
            "QemuImg.version()",
            "QemuImg.abilities()",
            "QemuImg.limitedTo(ToolLimits)",
            "QemuImg.within(Duration)",
            "QemuImg.whileInUse()",
            "QemuImg.layers()",
            "QemuImg.snapshots(Image)",
            "QemuImg.bitmaps(Image)",
            "QemuImg.keySlots(Image)",
            "KeySlots.active()",
            "CryptSetup.version()",
            "CryptSetup.within(Duration)");

    /** One line an operation: how it is called, with images that are encrypted where that is possible. */
    private static final Map<String, Deed> TABLE = Map.ofEntries(
            entry("QemuImg.probe(CommandRunner)", s -> QemuImg.probe(s.runner)),
            entry("QemuImg.probe(CommandRunner, Path)", s -> QemuImg.probe(s.runner, s.program())),
            entry(
                    "QemuImg.create(CreateRequest)", // with the usual cipher no command would run
                    s -> s.qemuImg.create(CreateRequest.of(s.absent(), SIZE).encryptedWith(LuksCipher.AES_128_XTS))),
            entry("QemuImg.create(Image, ByteSize)", s -> s.qemuImg.create(s.absentPlain(), SIZE)),
            entry(
                    "QemuImg.convert(ConvertRequest)",
                    s -> s.qemuImg.convert(
                            ConvertRequest.of(s.luks(), s.absent()).by(CopyEngine.QEMU_IMG))),
            entry(
                    "QemuImg.convert(ConvertRequest, ProgressListener)",
                    s -> s.qemuImg.convert(
                            ConvertRequest.of(s.luks(), s.otherLuks())
                                    .onto(TargetState.EXISTS)
                                    .by(CopyEngine.QEMU_IMG),
                            ProgressListener.NONE)),
            entry(
                    "QemuImg.relocate(Image, Image, TargetState, ProgressListener)",
                    s -> s.qemuImg.relocate(
                            s.luks(), Image.luks(s.absent().requirePath()), TargetState.ABSENT, ProgressListener.NONE)),
            entry("QemuImg.isIncomplete(Image)", s -> s.qemuImg.isIncomplete(s.luks())),
            entry("QemuImg.info(Image)", s -> s.qemuImg.info(s.luks())),
            entry("ImageLayers.chain(Image)", s -> s.qemuImg.layers().chain(s.overlay())),
            entry("QemuImg.measure(CreateRequest)", s -> s.qemuImg.measure(CreateRequest.of(s.absent(), SIZE))),
            entry(
                    "QemuImg.measure(CreateRequest, Image)",
                    s -> s.qemuImg.measure(CreateRequest.of(s.absentPlain()), s.overlay())),
            entry(
                    "QemuImg.resize(Image, ByteSize, Preallocation)",
                    s -> s.qemuImg.resize(s.luks(), LARGER, Preallocation.FALLOC)),
            entry("QemuImg.shrink(Image, ByteSize)", s -> s.qemuImg.shrink(s.luks(), ByteSize.bytes(4096))),
            entry("QemuImg.repair(Image, Repair)", s -> s.qemuImg.repair(s.overlay(), Repair.ALL)),
            entry("QemuImg.map(MapRequest, Consumer)", s -> s.qemuImg.map(MapRequest.of(s.overlay()), extent -> {})),
            entry("QemuImg.usedSize(Image)", s -> s.qemuImg.usedSize(s.luks())),
            entry(
                    "QemuImg.compare(Image, Image, ProgressListener)",
                    s -> s.qemuImg.compare(s.luks(), s.otherLuks(), ProgressListener.NONE)),
            entry(
                    "QemuImg.compareContent(Image, Image, ProgressListener)",
                    s -> s.qemuImg.compareContent(s.luks(), s.otherLuks(), ProgressListener.NONE)),
            entry(
                    "ImageLayers.rebase(RebaseRequest, ProgressListener)",
                    s -> s.qemuImg
                            .layers()
                            .rebase(RebaseRequest.flatten(s.overlay()).intoPlaintext(), ProgressListener.NONE)),
            entry(
                    "ImageLayers.writeDifference(Image, Image, ProgressListener)",
                    s -> s.qemuImg.layers().writeDifference(s.otherLuks(), s.changes(), ProgressListener.NONE)),
            entry(
                    "ImageLayers.commit(CommitRequest, ProgressListener)",
                    s -> s.qemuImg.layers().commit(CommitRequest.of(s.overlay()), ProgressListener.NONE)),
            entry(
                    "ImageLayers.changeBackingFile(RebaseRequest)",
                    s -> s.qemuImg
                            .layers()
                            .changeBackingFile(RebaseRequest.onto(s.overlay(), s.otherLuks())
                                    .named(BackingName.RELATIVE)
                                    .intoPlaintext())),
            entry(
                    "InternalSnapshots.list()",
                    s -> s.qemuImg.snapshots(s.overlay()).list()),
            entry(
                    "InternalSnapshots.take(String)",
                    s -> s.qemuImg.snapshots(s.overlay()).take("a,b")),
            entry("InternalSnapshots.revertTo(String)", s -> s.snapshot("a,b").revertTo("a,b")),
            entry("InternalSnapshots.delete(String)", s -> s.snapshot("a,b").delete("a,b")),
            entry("DirtyBitmaps.list()", s -> s.bitmap("a,b").list()),
            entry("DirtyBitmaps.add(String)", s -> s.bitmap("a,b").add("c")),
            entry("DirtyBitmaps.add(String, ByteSize)", s -> s.bitmap("a,b").add("c", ByteSize.kibibytes(4))),
            entry("DirtyBitmaps.remove(String)", s -> s.bitmap("a,b").remove("a,b")),
            entry("DirtyBitmaps.clear(String)", s -> s.bitmap("a,b").clear("a,b")),
            entry("DirtyBitmaps.enable(String)", s -> s.bitmap("a,b").enable("a,b")),
            entry("DirtyBitmaps.disable(String)", s -> s.bitmap("a,b").disable("a,b")),
            entry("DirtyBitmaps.merge(String, String)", s -> s.bitmap("a,b").merge("a,b", "a,b")),
            entry("DirtyBitmaps.mergeFrom(Image, String, String)", ArgvStage::mergeBitmaps),
            entry("KeySlots.add(Secret)", s -> s.qemuImg.keySlots(s.luks()).add(ArgvLawIT.two)),
            entry("KeySlots.change(Secret)", s -> s.qemuImg.keySlots(s.luks()).change(ArgvLawIT.two)),
            entry("KeySlots.remove(Secret)", ArgvStage::removeKey),
            entry("KeySlots.removeSlot(int)", s -> s.qemuImg.keySlots(s.luks()).removeSlot(0)),
            entry("ImagesInUse.info(Image)", s -> s.qemuImg.whileInUse().info(s.overlay())),
            entry("ImagesInUse.chain(Image)", s -> s.qemuImg.whileInUse().chain(s.overlay())),
            entry("ImagesInUse.check(Image)", s -> s.qemuImg.whileInUse().check(s.overlay())),
            entry(
                    "ImagesInUse.compare(Image, Image, ProgressListener)",
                    s -> s.qemuImg.whileInUse().compare(s.luks(), s.otherLuks(), ProgressListener.NONE)),
            entry(
                    "ImagesInUse.map(MapRequest, Consumer)",
                    s -> s.qemuImg.whileInUse().map(MapRequest.of(s.luks()), extent -> {})),
            entry("QemuImg.resize(Image, ByteSize)", s -> s.qemuImg.resize(s.luks(), LARGER)),
            entry("QemuImg.check(Image)", s -> s.qemuImg.check(s.overlay())),
            entry("QemuImg.unlocks(Image)", s -> s.qemuImg.unlocks(s.luks())),
            entry("QemuImg.compare(Image, Image)", s -> s.qemuImg.compare(s.luks(), s.otherLuks())),
            entry("CryptSetup.probe(CommandRunner)", s -> CryptSetup.probe(s.runner)),
            entry(
                    "CryptSetup.format(Path, LuksType, Secret)",
                    s -> s.cryptSetup.format(s.blank(), LuksType.LUKS2, s.one)),
            entry(
                    "CryptSetup.unlocks(Path, Secret)",
                    s -> s.cryptSetup.unlocks(s.luks().requirePath(), s.one)),
            entry(
                    "CryptSetup.format(Path, LuksFormat, Secret)",
                    s -> s.cryptSetup.format(
                            s.blank(), LuksFormat.of(LuksType.LUKS2).labelled("a label"), s.one)),
            entry(
                    "CryptSetup.keySlots(Path, Secret)",
                    s -> s.cryptSetup.keySlots(s.luks().requirePath(), s.one)),
            entry(
                    "CryptSetup.addKey(Path, Secret, Secret)",
                    s -> s.cryptSetup.addKey(s.luks().requirePath(), s.one, s.two)),
            entry(
                    "CryptSetup.addKey(Path, Secret, Secret, KeyDerivation)",
                    s -> s.cryptSetup.addKey(s.luks().requirePath(), s.one, s.two, new KeyDerivation.Pbkdf2(2000))),
            entry(
                    "CryptSetup.changeKey(Path, Secret, Secret)",
                    s -> s.cryptSetup.changeKey(s.luks().requirePath(), s.one, s.two)),
            entry("CryptSetup.removeKey(Path, Secret, Secret)", s -> {
                Path device = s.luks().requirePath();
                s.cryptSetup.addKey(device, s.one, s.two);
                s.cryptSetup.removeKey(device, s.one, s.two);
            }),
            entry("CryptSetup.removeKeySlot(Path, int, Secret)", s -> {
                Path device = s.luks().requirePath();
                s.cryptSetup.addKey(device, s.one, s.two);
                s.cryptSetup.removeKeySlot(device, 0, s.two);
            }),
            entry("CryptSetup.destroyAllKeys(Path, String)", s -> {
                Path device = s.luks().requirePath();
                s.cryptSetup.destroyAllKeys(
                        device, LuksHeader.read(device).orElseThrow().uuid());
            }),
            entry(
                    "CryptSetup.backUpHeader(Path, Path)",
                    s -> s.cryptSetup.backUpHeader(
                            s.luks().requirePath(), s.absent().requirePath())),
            entry("CryptSetup.restoreHeader(HeaderRestore)", s -> {
                Path device = s.luks().requirePath();
                Path backup = s.absent().requirePath();
                s.cryptSetup.backUpHeader(device, backup);
                s.cryptSetup.restoreHeader(HeaderRestore.of(backup, device));
            }),
            entry("CryptSetup.isLuks(Path)", s -> s.cryptSetup.isLuks(s.luks().requirePath())));

    @TempDir
    private static Path shared;

    private static Secret one;
    private static Secret two;

    @TempDir
    private Path directory;

    @BeforeAll
    static void makeImages() throws Exception {
        one = Disks.fastKey(ONE);
        two = Disks.fastKey(TWO);
        for (Map.Entry<String, Secret> locked :
                Map.of("luks", one, "other", two).entrySet()) {
            Path path = shared.resolve(locked.getKey());
            Disks.run("truncate", "-s", "3M", path.toString());
            CryptSetup.probe(CommandRunner.local()).format(path, LuksType.LUKS1, locked.getValue());
        }
    }

    @AfterAll
    static void wipeKeys() {
        one.close();
        two.close();
    }

    @Test
    void every_operation_is_in_the_table() {
        Set<String> operations = Stream.of(
                        QemuImg.class,
                        ImagesInUse.class,
                        ImageLayers.class,
                        InternalSnapshots.class,
                        DirtyBitmaps.class,
                        KeySlots.class,
                        CryptSetup.class)
                .flatMap(type -> Arrays.stream(type.getDeclaredMethods()))
                .filter(method -> Modifier.isPublic(method.getModifiers()))
                .map(ArgvLawIT::signature)
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> known = new TreeSet<>(TABLE.keySet());
        known.addAll(SILENT);

        assertThat(known)
                .as("each public operation has a line in ArgvLawIT.TABLE that calls it, such as"
                        + " entry(\"QemuImg.info(Image)\", s -> s.qemuImg.info(s.luks())), or is in SILENT if it runs no"
                        + " command; and nothing else has")
                .containsExactlyInAnyOrderElementsOf(operations);
    }

    @ParameterizedTest
    @MethodSource("operations")
    void no_command_shows_a_key_leaves_a_format_open_or_depends_on_where_it_runs(String operation) throws Exception {
        List<List<String>> commands = new ArrayList<>();
        ArgvStage stage = new ArgvStage(shared, directory, one, two, commands);
        commands.clear(); // what the stage itself needed
        Deed deed = TABLE.getOrDefault(operation, s -> {});

        deed.on(stage);

        ArgvLaw law = new ArgvLaw(directory, ONE, TWO);
        assertThat(commands)
                .isNotEmpty()
                .allSatisfy(
                        argv -> assertThat(law.breaches(argv)).as("%s", argv).isEmpty());
    }

    static Stream<String> operations() {
        return TABLE.keySet().stream().sorted();
    }

    private static String signature(Method method) {
        return method.getDeclaringClass().getSimpleName() + "." + method.getName()
                + Arrays.stream(method.getParameterTypes())
                        .map(Class::getSimpleName)
                        .collect(Collectors.joining(", ", "(", ")"));
    }

    /** One call of an operation. */
    private interface Deed {
        void on(ArgvStage stage) throws Exception;
    }
}
