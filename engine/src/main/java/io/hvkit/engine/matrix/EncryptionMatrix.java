package io.hvkit.engine.matrix;

import io.hvkit.core.Failure;
import io.hvkit.core.Incubating;
import io.hvkit.engine.matrix.Cell.Bytes;
import io.hvkit.engine.matrix.Cell.PoolKind;
import io.hvkit.engine.matrix.Cell.Task;
import io.hvkit.engine.matrix.Cell.Use;
import io.hvkit.engine.matrix.Verdict.Refused;
import io.hvkit.engine.matrix.Verdict.Supported;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What the engine does to volumes, as data: by what is to be done, how the pool encrypts, how the bytes lie, and who has the volume meanwhile. For those
 * who want to show beforehand what can be had; the engine asks the pool and the host besides, whose word counts. A test does each cell and holds the
 * engine to it.
 */
@Incubating(since = "0.1")
public final class EncryptionMatrix {

    private static final Refused ATTACHED = new Refused(Failure.IN_USE, "a machine has the volume", "detach it first");
    private static final Refused NOTHING_ENCRYPTED = new Refused(
            Failure.UNSUPPORTED, "the pool encrypts nothing", "choose another pool, or move the volume to one");
    private static final Refused KEYS_OF_THE_STORAGE = new Refused(
            Failure.UNSUPPORTED,
            "the storage encrypts with keys of its own, which it alone changes",
            "move the volume to a pool whose volumes have keys");
    private static final Refused NO_KEY = new Refused(
            Failure.INVALID_REQUEST, "the volume has no key", "encrypt it, or move it to where it is encrypted");
    private static final Refused HEADER_IN_USE = new Refused(
            Failure.IN_USE,
            "the machine that runs with the volume holds its header",
            "stop the machine or detach the volume; or encrypt it anew, under the machine");
    private static final Refused LAID_OPEN = new Refused(
            Failure.UNSUPPORTED,
            "what is encrypted is never laid open in its place",
            "choose an offering that encrypts, or copy what it holds to a new volume");
    private static final Refused DOES_NOT_GROW =
            new Refused(Failure.UNSUPPORTED, "the pool makes no volume larger", "move the volume to a pool that does");

    private static final Refused AT_REST = new Refused(
            Failure.INVALID_REQUEST,
            "the machine does not run",
            "start it; its disks are moved by themselves meanwhile");
    private static final Refused MACHINE_RUNS =
            new Refused(Failure.IN_USE, "the machine runs", "stop it, and ask again");
    private static final Refused RUNS_WITH_IT = new Refused(
            Failure.IN_USE, "a machine runs with the volume", "stop it or detach the volume, and ask again");
    private static final Refused NO_NOTES = new Refused(
            Failure.UNSUPPORTED,
            "the disk of the machine that runs has no room for notes of changes",
            "stop the machine, or move the volume to where it is qcow2");
    private static final Refused WOULD_LIE_IN_CLEAR = new Refused(
            Failure.INVALID_REQUEST,
            "what is encrypted would lie in clear in a volume",
            "ask for one that is encrypted");
    private static final Refused NOBODY_DECIDED = new Refused(
            Failure.INVALID_REQUEST,
            "what is encrypted would lie in clear outside",
            "give a key for it, or say who authorises that");

    private EncryptionMatrix() {}

    /** Returns each cell in which there can be a volume. */
    public static List<Cell> cells() {
        List<Cell> cells = new ArrayList<>();
        for (Task task : Task.values()) {
            for (PoolKind pool : PoolKind.values()) {
                for (Bytes bytes : Bytes.values()) {
                    for (Use machine : Use.values()) {
                        Cell cell = new Cell(task, pool, bytes, machine);
                        if (cell.isPossible()) {
                            cells.add(cell);
                        }
                    }
                }
            }
        }
        return List.copyOf(cells);
    }

    /** Returns whether something can be done, or why not and what to do instead. */
    public static Verdict verdict(Cell cell) {
        return refusal(cell).<Verdict>map(refused -> refused).orElseGet(Supported::new);
    }

    private static Optional<Refused> refusal(Cell cell) {
        return switch (cell.task()) {
            case CREATE -> cell.bytes() == Bytes.ENCRYPTED ? whereNothingIsEncrypted(cell) : Optional.empty();
            case DELETE -> Optional.of(ATTACHED).filter(refused -> cell.machine() != Use.NONE);
            case ATTACH, DETACH, MOVE -> Optional.empty();
            case GROW ->
                Optional.of(DOES_NOT_GROW)
                        .filter(refused -> cell.pool() == PoolKind.BARE && cell.machine() != Use.RUNNING);
            case MOVE_ENCRYPTED -> whereNothingIsEncrypted(cell);
            case ENCRYPT -> anew(cell);
            case REKEY -> rekeyed(cell);
            case OFFER_ENCRYPTED -> cell.bytes() == Bytes.ENCRYPTED ? Optional.empty() : anew(cell);
            case OFFER_PLAIN -> Optional.of(LAID_OPEN).filter(refused -> cell.bytes() == Bytes.ENCRYPTED);
            case MOVE_TOGETHER, START -> Optional.empty();
            case SNAPSHOT ->
                Optional.of(NO_NOTES)
                        .filter(refused -> cell.machine() == Use.RUNNING && cell.pool() != PoolKind.QCOW2_FILES);
            case MIGRATE, MIGRATE_WITH_IT -> Optional.of(AT_REST).filter(refused -> cell.machine() == Use.RESTING);
            case REINSTALL, REINSTALL_PLAIN, REVERT, CAPTURE -> atRest(cell);
            case RESTORE, NEW_OF_TEMPLATE ->
                cell.bytes() == Bytes.ENCRYPTED ? whereNothingIsEncrypted(cell) : Optional.empty();
            case RESTORE_PLAIN, NEW_PLAIN_OF_ITS_TEMPLATE ->
                Optional.of(WOULD_LIE_IN_CLEAR).filter(refused -> cell.bytes() == Bytes.ENCRYPTED);
            case EXTRACT, EXTRACT_AUTHORISED, EXTRACT_CLEAR -> extracted(cell);
        };
    }

    private static Optional<Refused> atRest(Cell cell) {
        if (cell.machine() == Use.RUNNING) {
            return Optional.of(
                    cell.task() == Cell.Task.CAPTURE || cell.task() == Cell.Task.REVERT ? RUNS_WITH_IT : MACHINE_RUNS);
        }
        if (cell.task() == Cell.Task.REVERT) {
            return Optional.of(KEYS_OF_THE_STORAGE)
                    .filter(refused -> cell.pool() == PoolKind.SELF_ENCRYPTING && cell.bytes() == Bytes.ENCRYPTED);
        }
        return Optional.of(WOULD_LIE_IN_CLEAR)
                .filter(refused -> cell.task() == Cell.Task.REINSTALL_PLAIN && cell.bytes() == Bytes.ENCRYPTED);
    }

    private static Optional<Refused> extracted(Cell cell) {
        if (cell.task() == Cell.Task.EXTRACT_CLEAR && cell.bytes() == Bytes.ENCRYPTED) {
            return Optional.of(NOBODY_DECIDED);
        }
        return Optional.of(RUNS_WITH_IT).filter(refused -> cell.machine() == Use.RUNNING);
    }

    private static Optional<Refused> whereNothingIsEncrypted(Cell cell) {
        return Optional.of(NOTHING_ENCRYPTED).filter(refused -> cell.pool() == PoolKind.BARE);
    }

    private static Optional<Refused> anew(Cell cell) {
        return cell.pool() == PoolKind.SELF_ENCRYPTING
                ? Optional.of(KEYS_OF_THE_STORAGE)
                : whereNothingIsEncrypted(cell);
    }

    private static Optional<Refused> rekeyed(Cell cell) {
        if (cell.bytes() == Bytes.PLAIN) {
            return Optional.of(NO_KEY);
        }
        if (cell.pool() == PoolKind.SELF_ENCRYPTING) {
            return Optional.of(KEYS_OF_THE_STORAGE);
        }
        return Optional.of(HEADER_IN_USE).filter(refused -> cell.machine() == Use.RUNNING);
    }

    /** Returns all of it as a table in Markdown, rows that say the same in one. */
    public static String markdown() {
        return MatrixTable.of(cells());
    }
}
