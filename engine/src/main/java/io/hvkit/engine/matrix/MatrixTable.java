package io.hvkit.engine.matrix;

import io.hvkit.engine.matrix.Cell.Bytes;
import io.hvkit.engine.matrix.Cell.PoolKind;
import io.hvkit.engine.matrix.Cell.Task;
import io.hvkit.engine.matrix.Cell.Use;
import io.hvkit.engine.matrix.Verdict.Refused;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** The matrix for people: a row for each task and way that bytes lie, a column for each kind of pool, and notes below for what is refused. */
final class MatrixTable {

    private final Map<Refused, Integer> notes = new LinkedHashMap<>();

    private MatrixTable() {}

    static String of(List<Cell> cells) {
        MatrixTable table = new MatrixTable();
        StringBuilder text = new StringBuilder("| what | bytes |");
        for (PoolKind pool : PoolKind.values()) {
            text.append(' ').append(pool).append(" |");
        }
        text.append("\n| --- | --- |")
                .append(" --- |".repeat(PoolKind.values().length))
                .append('\n');
        for (Task task : Task.values()) {
            for (Bytes bytes : Bytes.values()) {
                text.append("| ")
                        .append(task)
                        .append(" | ")
                        .append(bytes.name().toLowerCase(Locale.ROOT))
                        .append(" |");
                for (PoolKind pool : PoolKind.values()) {
                    text.append(' ')
                            .append(table.words(cells, task, bytes, pool))
                            .append(" |");
                }
                text.append('\n');
            }
        }
        text.append('\n');
        table.notes.forEach((refused, number) -> text.append(number)
                .append(". `")
                .append(refused.failure())
                .append("`: ")
                .append(refused.reason())
                .append("; ")
                .append(refused.alternative())
                .append(".\n"));
        return text.toString();
    }

    private String words(List<Cell> cells, Task task, Bytes bytes, PoolKind pool) {
        Map<String, List<Use>> uses = new LinkedHashMap<>();
        for (Cell cell : cells) {
            if (cell.task() == task && cell.bytes() == bytes && cell.pool() == pool) {
                uses.computeIfAbsent(words(EncryptionMatrix.verdict(cell)), unused -> new ArrayList<>())
                        .add(cell.machine());
            }
        }
        if (uses.isEmpty()) {
            return "there is none";
        }
        if (uses.size() == 1) {
            return uses.keySet().iterator().next();
        }
        return uses.entrySet().stream()
                .map(entry -> entry.getKey() + " ("
                        + entry.getValue().stream().map(Use::toString).collect(Collectors.joining(", ")) + ")")
                .collect(Collectors.joining("; "));
    }

    private String words(Verdict verdict) {
        if (verdict instanceof Refused refused) {
            Integer number = notes.computeIfAbsent(refused, unused -> notes.size() + 1);
            return "no, " + number;
        }
        return "yes";
    }
}
