select watertight_drill.note('0009 alone');
