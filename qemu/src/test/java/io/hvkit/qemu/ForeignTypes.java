package io.hvkit.qemu;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

final class ForeignTypes extends ArchCondition<JavaClass> {

    private static final List<String> FOREIGN =
            List.of("com.fasterxml.", "com.sun.jna.", "org.slf4j.", "io.hvkit.qemu.internal.");

    ForeignTypes() {
        super("show types of libraries or internal packages in public signatures");
    }

    @Override
    public void check(JavaClass type, ConditionEvents events) {
        type.getCodeUnits().stream()
                .filter(unit -> isShown(unit.getModifiers()))
                .filter(unit -> Stream.of(
                                unit.getParameterTypes().stream(),
                                Stream.of(unit.getReturnType()),
                                unit.getThrowsClause().getTypes().stream())
                        .flatMap(types -> types)
                        .flatMap(t -> ((JavaType) t).getAllInvolvedRawTypes().stream())
                        .anyMatch(raw -> isForeign(raw.getName())))
                .forEach(unit -> events.add(SimpleConditionEvent.satisfied(unit, unit.getDescription())));
        type.getFields().stream()
                .filter(field -> isShown(field.getModifiers()))
                .filter(field -> isForeign(field.getRawType().getName()))
                .forEach(field -> events.add(SimpleConditionEvent.satisfied(field, field.getDescription())));
    }

    private static boolean isShown(Set<JavaModifier> modifiers) {
        return modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED);
    }

    private static boolean isForeign(String name) {
        return FOREIGN.stream().anyMatch(name::startsWith);
    }
}
