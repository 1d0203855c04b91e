"""What survey programs export, as small texts: made up, in the layout of each program."""

DICTIONARY = (
    '"Variable / Field Name","Form Name","Field Type","Field Label","Choices, Calculations, OR '
    'Slider Labels"\nrecord_id,base,text,Record ID,\n'
    'teq_1,base,radio,First,"0, Never | 1, Rarely"\n'
    'symptoms,base,checkbox,Which,"1, One | 2, Two"\n')
LABELLED = ('Record ID,Event Name,First,"Which (choice=One)","Which (choice=Two)",Complete?\n'
            '01,Baseline (Arm 1: A),Never,Checked,Unchecked,Complete\n')
QUALTRICS = ('StartDate,Status,Finished,ResponseId,Q1,Q1_9_TEXT\n'
             'Start Date,Response Type,Finished,Response ID,How?,How? - Other - Text\n'
             '"{""ImportId"":""startDate"",""timeZone"":""Z""}","{""ImportId"":""status""}",'
             '"{""ImportId"":""finished""}","{""ImportId"":""_recordId""}","{""ImportId"":""QID1""}'
             '","{""ImportId"":""QID1_TEXT""}"\n2026-01-05 10:00:00,0,1,R_1a,4,'
             'wept at the quarry\n')
LIMESURVEY = ('id,submitdate,lastpage,startlanguage,seed,"G01[SQ001]","G01[other]"\n'
              '1,2026-01-05 10:00:00,4,en,17,A3,wept at the quarry\n2,,1,en,18,,\n')
REDCAP = ('record_id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,teq_1,'
          'base_complete\nzq-secret-17,baseline_arm_1,,,0,2\n'
          'zq-secret-17,baseline_arm_2,base,1,1,0\n')
FORMS = 'Timestamp,How are you?,How were you?\n05/01/2026 10:00:00,4,wept at the quarry\n'
