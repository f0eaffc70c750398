"""The statutory tables of the annual report as data: rows, groups, columns and labels of the 2019 and 2021 forms and
of the earlier annex.

Sources: 国务院办公厅政府信息与政务公开办公室, 国办公开办函〔2019〕60号 (2019 form, report years 2019 and 2020) and
国办公开办函〔2021〕30号 (2021 form); 国办发〔2014〕32号 for the statistics annex (政府信息公开情况统计表) of report
years 2014 to 2018. Labels are written with half-width punctuation; `grid.fullwidth` gives the printed form. This
module holds no numbers.
"""

from __future__ import annotations

from typing import Final

APPLICANTS: Final = (
    ("natural_person", "自然人"),
    ("commercial_enterprise", "商业企业"),
    ("research_institution", "科研机构"),
    ("public_welfare_org", "社会公益组织"),
    ("legal_service_org", "法律服务机构"),
    ("other_org", "其他"),
    ("total", "总计"),
)
RESULTS: Final = (
    ("maintained", "结果维持"),
    ("corrected", "结果纠正"),
    ("other_result", "其他结果"),
    ("pending", "尚未审结"),
    ("total", "总计"),
)
DISPUTES: Final = (
    ("review", "行政复议"),
    ("litigation_direct", "行政诉讼/未经复议直接起诉"),
    ("litigation_after_review", "行政诉讼/复议后起诉"),
)
RECONCILIATION: Final = "本列数据的勾稽关系为:第一项加第二项之和,等于第三项加第四项之和"

# Rows of the applications table (依申请公开) below 三、本年度办理结果: a group with its members, or a row that stands
# alone (no group label).
_REFUSED: Final = (
    ("refused_state_secret", "1.属于国家秘密"),
    ("refused_prohibited_by_law", "2.其他法律行政法规禁止公开"),
    ("refused_three_securities_one_stability", "3.危及“三安全一稳定”"),
    ("refused_third_party_rights", "4.保护第三方合法权益"),
    ("refused_internal_affairs", "5.属于三类内部事务信息"),
    ("refused_deliberative_process", "6.属于四类过程性信息"),
    ("refused_enforcement_case_file", "7.属于行政执法案卷"),
    ("refused_administrative_inquiry", "8.属于行政查询事项"),
)
_UNABLE: Final = (
    ("unable_not_held", "1.本机关不掌握相关政府信息"),
    ("unable_requires_creation", "2.没有现成信息需要另行制作"),
    ("unable_unclear_after_correction", "3.补正后申请内容仍不明确"),
)
_NOT_PROCESSED: Final = (
    ("not_processed_petition_complaint", "1.信访举报投诉类申请"),
    ("not_processed_duplicate", "2.重复申请"),
    ("not_processed_publication", "3.要求提供公开出版物"),
    ("not_processed_excessive_repeat", "4.无正当理由大量反复申请"),
    ("not_processed_reconfirm_or_reissue", "5.要求行政机关确认或重新出具已获取信息"),
)
_OTHER_2021: Final = (
    ("other_correction_overdue", "1.申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请"),
    ("other_fee_unpaid", "2.申请人逾期未按收费通知要求缴纳费用、行政机关不再处理其政府信息公开申请"),
    ("other_misc", "3.其他"),
)
Group = tuple[str, tuple[tuple[str, str], ...]]
_GROUPS: Final[tuple[Group, ...]] = (
    ("", (("granted", "(一)予以公开"),)),
    ("", (("granted_in_part", "(二)部分公开(区分处理的,只计这一情形,不计其他情形)"),)),
    ("(三)不予公开", _REFUSED),
    ("(四)无法提供", _UNABLE),
    ("(五)不予处理", _NOT_PROCESSED),
)
_TOTAL: Final[Group] = ("", (("total_handled", "(七)总计"),))
HANDLING: Final[dict[str, tuple[Group, ...]]] = {
    "2019": (*_GROUPS, ("", (("other_handling", "(六)其他处理"),)), _TOTAL),
    "2021": (*_GROUPS, ("(六)其他处理", _OTHER_2021), _TOTAL),
}
NEW_RECEIVED: Final = ("new_received", "一、本年新收政府信息公开申请数量")
CARRIED_IN: Final = ("carried_over_in", "二、上年结转政府信息公开申请数量")
RESULT_HEADING: Final = "三、本年度办理结果"
CARRIED_OUT: Final = ("carried_over_out", "四、结转下年度继续办理")

# Blocks of the active disclosure table (主动公开): key, caption, columns, unit, rows.
Block = tuple[str, str, tuple[tuple[str, str], ...], str, tuple[tuple[str, str], ...]]
_CHANGE: Final = (("items_prev_year", "上一年项目数量"), ("items_change", "本年增/减"))
_DECISIONS: Final = (("decisions", "本年处理决定数量"),)
_PENALTY: Final = (("administrative_penalty", "行政处罚"), ("administrative_compulsion", "行政强制"))
BLOCKS: Final[dict[str, tuple[Block, ...]]] = {
    "2021": (
        (
            "art20_1",
            "第二十条第(一)项",
            (("issued", "本年制发件数"), ("repealed", "本年废止件数"), ("in_force", "现行有效件数")),
            "件",
            (("regulations", "规章"), ("normative_documents", "行政规范性文件")),
        ),
        ("art20_5", "第二十条第(五)项", _DECISIONS, "件", (("administrative_licensing", "行政许可"),)),
        ("art20_6", "第二十条第(六)项", _DECISIONS, "件", _PENALTY),
        (
            "art20_8",
            "第二十条第(八)项",
            (("amount", "本年收费金额(单位:万元)"),),
            "万元",
            (("administrative_fees", "行政事业性收费"),),
        ),
    ),
    "2019": (
        (
            "art20_1",
            "第二十条第(一)项",
            (
                ("newly_made", "本年新制作数量"),
                ("newly_disclosed", "本年新公开数量"),
                ("total_disclosed", "对外公开总数量"),
            ),
            "件",
            (("regulations", "规章"), ("normative_documents", "规范性文件")),
        ),
        (
            "art20_5",
            "第二十条第(五)项",
            (*_CHANGE, ("decisions", "处理决定数量")),
            "项/项/件",
            (("administrative_licensing", "行政许可"), ("other_external_services", "其他对外管理服务事项")),
        ),
        ("art20_6", "第二十条第(六)项", (*_CHANGE, ("decisions", "处理决定数量")), "项/项/件", _PENALTY),
        ("art20_8", "第二十条第(八)项", _CHANGE, "项/项", (("administrative_fees", "行政事业性收费"),)),
        (
            "art20_9",
            "第二十条第(九)项",
            (("procurement_projects", "采购项目数量"), ("procurement_amount", "采购总金额")),
            "个/万元",
            (("centralized_procurement", "政府集中采购"),),
        ),
    ),
}

# The statistics annex: (key or None for a heading without a number, label, unit).
ANNEX: Final[tuple[tuple[str | None, str, str], ...]] = (
    (None, "一、主动公开情况", ""),
    ("disclosed_total", "(一)主动公开政府信息数(不同渠道和方式公开相同信息计1条)", "条"),
    ("disclosed_normative", "其中:主动公开规范性文件数", "条"),
    ("normative_issued", "制发规范性文件总数", "件"),
    (None, "(二)通过不同渠道和方式公开政府信息的情况", ""),
    ("via_gazette", "1.政府公报公开政府信息数", "条"),
    ("via_website", "2.政府网站公开政府信息数", "条"),
    ("via_weibo", "3.政务微博公开政府信息数", "条"),
    ("via_wechat", "4.政务微信公开政府信息数", "条"),
    ("via_other", "5.其他方式公开政府信息数", "条"),
    (None, "二、回应解读情况", ""),
    ("responses_total", "(一)回应公众关注热点或重大舆情数(不同方式回应同一热点或舆情计1次)", "次"),
    (None, "(二)通过不同渠道和方式回应解读的情况", ""),
    ("press_conferences", "1.参加或举办新闻发布会总次数", "次"),
    ("press_by_head", "其中:主要负责同志参加新闻发布会次数", "次"),
    ("online_interviews", "2.政府网站在线访谈次数", "次"),
    ("interviews_by_head", "其中:主要负责同志参加政府网站在线访谈次数", "次"),
    ("interpretations", "3.政策解读稿件发布数", "篇"),
    ("responses_microblog", "4.微博微信回应事件数", "次"),
    ("responses_other", "5.其他方式回应事件数", "次"),
    (None, "三、依申请公开情况", ""),
    ("received", "(一)收到申请数", "件"),
    ("in_person", "1.当面申请数", "件"),
    ("fax", "2.传真申请数", "件"),
    ("online", "3.网络申请数", "件"),
    ("letter", "4.信函申请数", "件"),
    ("closed", "(二)申请办结数", "件"),
    ("closed_on_time", "1.按时办结数", "件"),
    ("closed_extended", "2.延期办结数", "件"),
    ("answered", "(三)申请答复数", "件"),
    ("ans_already_public", "1.属于已主动公开范围数", "件"),
    ("ans_granted", "2.同意公开答复数", "件"),
    ("ans_granted_in_part", "3.同意部分公开答复数", "件"),
    ("ans_refused", "4.不同意公开答复数", "件"),
    ("ref_state_secret", "其中:涉及国家秘密", "件"),
    ("ref_trade_secret", "涉及商业秘密", "件"),
    ("ref_privacy", "涉及个人隐私", "件"),
    ("ref_security_stability", "危及国家安全、公共安全、经济安全和社会稳定", "件"),
    ("ref_not_government_information", "不是《条例》所指政府信息", "件"),
    ("ref_other_law", "法律法规规定的其他情形", "件"),
    ("ans_not_this_organ", "5.不属于本行政机关公开数", "件"),
    ("ans_not_exist", "6.申请信息不存在数", "件"),
    ("ans_correct_request", "7.告知作出更改补充数", "件"),
    ("ans_other_channel", "8.告知通过其他途径办理数", "件"),
    ("review", "四、行政复议数量", "件"),
    ("rev_upheld", "(一)维持具体行政行为数", "件"),
    ("rev_corrected", "(二)被依法纠错数", "件"),
    ("rev_other", "(三)其他情形数", "件"),
    ("litigation", "五、行政诉讼数量", "件"),
    ("lit_upheld", "(一)维持具体行政行为或者驳回原告诉讼请求数", "件"),
    ("lit_corrected", "(二)被依法纠错数", "件"),
    ("lit_other", "(三)其他情形数", "件"),
    ("complaints", "六、举报投诉数量", "件"),
    ("fees", "七、依申请公开信息收取的费用", "万元"),
    (None, "八、机构建设和保障经费情况", ""),
    ("units", "(一)政府信息公开工作专门机构数", "个"),
    ("reading_points", "(二)设置政府信息公开查阅点数", "个"),
    ("staff", "(三)从事政府信息公开工作人员数", "人"),
    ("staff_full_time", "1.专职人员数(不包括政府公报及政府网站工作人员数)", "人"),
    ("staff_part_time", "2.兼职人员数", "人"),
    ("budget", "(四)政府信息公开专项经费(不包括用于政府公报编辑管理及政府网站建设维护等方面的经费)", "万元"),
    (None, "九、政府信息公开会议和培训情况", ""),
    ("meetings", "(一)召开政府信息公开工作会议或专题会议数", "次"),
    ("trainings", "(二)举办各类培训班数", "次"),
    ("trainees", "(三)接受培训人员数", "人次"),
)
